"""A thought with a caret in it, which goes by words along a line and by lines up and down."""

from textual import events

from r1chat.tui.caret import next_word, spot, vertically, word_before
from r1chat.tui.widgets.marked_thought import MarkedThought


class WalkedThought(MarkedThought):
    """The caret is shown while the keys go into it."""

    _column = 0
    """Where the caret stands on its line, or would where lines in between are shorter."""

    def go(self, place: int) -> None:
        """Put the caret before that character of what is shown, and bring it into view."""
        self.moved_to = max(0, place)
        self._follows = False
        self._reveal()
        self._column = spot(self._starts, self.caret).column

    def go_to_said(self, place: int) -> None:
        """Put the caret before that character of the thought."""
        self.go(self.said.place(place))

    def on_focus(self) -> None:
        """Show the caret."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide it."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the caret there, where it is shown at all."""
        if self.has_focus:
            laid_out = self._text.laid_out(self._columns)
            offset = event.get_content_offset(self)
            if offset is not None:
                line = min(offset.y + self.scroll_offset.y, len(laid_out.lines) - 1)
                self.go(laid_out.starts[line] + min(offset.x, len(laid_out.lines[line])))

    # Keys.

    def action_line_up(self) -> None:
        """Up a line."""
        self._vertically(-1)

    def action_line_down(self) -> None:
        """Down a line."""
        self._vertically(1)

    def action_page_up(self) -> None:
        """Up a window."""
        self._vertically(1 - self.content_size.height)

    def action_page_down(self) -> None:
        """Down a window."""
        self._vertically(self.content_size.height - 1)

    def action_word_left(self) -> None:
        """To the word before."""
        self.go(word_before(self.said.shown, self.caret))

    def action_word_right(self) -> None:
        """To the next word."""
        self.go(next_word(self.said.shown, self.caret))

    def action_first(self) -> None:
        """To the beginning."""
        self.go(0)

    def action_last(self) -> None:
        """To the end, and along with it where it still grows."""
        self.moved_to, self._follows = None, True
        self._reveal()

    # The window.

    @property
    def _starts(self) -> list[int]:
        return self._text.laid_out(self._columns).starts

    def _vertically(self, step: int) -> None:
        laid_out, column = self._text.laid_out(self._columns), self._column
        self.go(vertically(laid_out.starts, laid_out.lines, self.caret, step, column))
        self._column = column

    def _reveal(self) -> None:
        """Scroll as far as is needed to see the caret."""
        line, top = spot(self._starts, self.caret).line, self.scroll_offset.y
        height = self.content_size.height
        if line < top or line >= top + height:
            self.scroll_to(y=line if line < top else line - height + 1, animate=False, immediate=True)
        self.refresh()
