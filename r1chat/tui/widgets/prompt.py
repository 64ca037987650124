"""Where a person types: grows with the text, sends on Enter, and never on a paste."""

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from r1chat.core.terminal import plain
from r1chat.tui.editor import edited
from r1chat.tui.history import History


class Prompt(TextArea):
    """A text area of one line that grows to ten. Undo brings a sent text back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, title, id=name, tooltip=sentence, show=False)
        for key, action, title, name, sentence in (
            ("enter", "send", "Send", "prompt.send", "Ask what is typed."),
            ("ctrl+j,shift+enter,alt+enter", "newline", "New line", "prompt.newline", "Begin a new line."),
            ("ctrl+g", "edit", "Editor", "prompt.edit", "Edit what is typed in $VISUAL or $EDITOR."),
            ("pageup", "screen.page(-1)", "Page up", "transcript.up", "Scroll the transcript up."),
            ("pagedown", "screen.page(1)", "Page down", "transcript.down", "Scroll the transcript down."),
            (
                "ctrl+home",
                "screen.edge(-1)",
                "To the beginning",
                "transcript.home",
                "Scroll the transcript to its beginning.",
            ),
            (
                "ctrl+end",
                "screen.edge(1)",
                "To the end",
                "transcript.end",
                "Scroll the transcript to its end, and follow it.",
            ),
        )
    ]

    @dataclass
    class Sent(Message):
        """A person asks to send what is typed. It is never blank."""

        text: str

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            placeholder="Ask anything",
        )
        self.asked = History()

    def on_key(self, event: events.Key) -> None:
        """Send on Enter, in its turn among the keys: a priority binding would overtake what is typed."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_send()

    def get_line(self, line_index: int) -> Text:
        """A line to draw: what a terminal would obey is shown as a sign, what is typed stays as it is."""
        return Text(plain(self.document.get_line(line_index)).replace("\n", "␤"), end="", no_wrap=True)

    def action_send(self) -> None:
        """Hand the text up, in one step with clearing it: what is typed meanwhile is the next text.

        Blank text stays where it is. Who cannot use the text gives it back.
        """
        if (text := self.text).strip():
            self.clear()
            self.asked.add(text)
            self.post_message(self.Sent(text))

    def action_cursor_up(self, select: bool = False) -> None:
        """A line up; above the first one are the questions of before."""
        if select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        elif (text := self.asked.older(self.text)) is not None:
            self.put(text)

    def action_cursor_down(self, select: bool = False) -> None:
        """A line down; below the last one are newer questions."""
        if select or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        elif (text := self.asked.newer()) is not None:
            self.put(text)

    def action_newline(self) -> None:
        """Break the line at the cursor."""
        self.insert("\n")
        self.scroll_cursor_visible()

    def action_edit(self) -> None:
        """Hand the text to the person's editor, and take it back from there."""
        self.screen.run_worker(
            self._edit(), name="editor", group="editor", exclusive=True, exit_on_error=False
        )

    async def _edit(self) -> None:
        text = await edited(self.app, self.text)
        if text != self.text:
            self.put(text)

    def put(self, text: str) -> None:
        """Have `text` in place of what is typed; undo brings that back."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def take(self) -> str:
        """The text, which is typed no more."""
        text = self.text
        self.clear()
        return text

    def give_back(self, text: str) -> None:
        """Put text that could not be sent before whatever is typed by now."""
        self.text = f"{text}\n\n{self.text}" if self.text.strip() else text
        self.move_cursor(self.document.end)
