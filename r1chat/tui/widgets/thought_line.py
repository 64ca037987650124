"""The one line of a thinking pane: its figures, and the last words of a thought that is not shown."""

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from r1chat.core.terminal import plain
from r1chat.tui.line_drawing import draw_content

_JOINT = " · …"


class ThoughtLine(Widget):
    """Its size never depends on its words, so new ones need no new layout."""

    DEFAULT_CSS = """
    ThoughtLine { width: 1fr; height: 1; pointer: pointer; }
    """

    head: reactive[str] = reactive("", layout=False)
    """What is always shown."""
    tail: reactive[str] = reactive("", layout=False)
    """Text whose end fills the rest of the line."""

    def render(self) -> Content:
        """The line, as wide as the pane."""
        width = self.content_size.width
        words = _end_of(self.tail, width - cell_len(self.head) - len(_JOINT))
        head = Content(self.head)
        line = Content.assemble(head, (_JOINT + words, "dim")) if words else head
        return line.truncate(width, ellipsis=True)

    def render_line(self, y: int) -> Strip:
        """The same, past all that Textual makes ready for words with links and markup in them."""
        return draw_content(self, self.render(), y, self.content_size.width).apply_offsets(0, y)


def _end_of(text: str, cells: int) -> str:
    """The last whole words of `text` that fit."""
    words = " ".join(plain(text).split())
    if cells < 1 or not words:
        return ""
    end = words[-cells:]
    while cell_len(end) > cells:
        end = end[1:]
    if len(end) == len(words):
        return end
    first, space, rest = end.partition(" ")
    return rest if space and len(first) < len(end) // 2 else end
