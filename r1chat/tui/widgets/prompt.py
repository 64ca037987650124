"""Where a person types: grows with the text, sends on Enter, and never on a paste."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from rich.text import Text
from textual.message import Message

from r1chat.core.commands import Place
from r1chat.core.terminal import plain
from r1chat.tui.bindings import bindings, chat_keys
from r1chat.tui.editor import edited
from r1chat.tui.history import History
from r1chat.tui.widgets.attachments import Attachments
from r1chat.tui.widgets.question_area import QuestionArea


class Scroll(Enum):
    """Where to read on."""

    UP = auto()
    DOWN = auto()
    FIRST = auto()
    LAST = auto()


class Prompt(QuestionArea):
    """A text area of one line that grows to ten. Undo brings a sent text back."""

    BINDINGS = bindings(Place.PROMPT)

    @dataclass
    class Sent(Message):
        """A person asks to send what is typed. It is never blank."""

        text: str

    @dataclass
    class Read(Message):
        """A person who types wants to read elsewhere in the transcript."""

        scroll: Scroll

    def __init__(self) -> None:
        super().__init__()
        self.asked = History()
        for key in chat_keys():  # a text area has commands of its own on some of them
            self._bindings.key_to_bindings.pop(key, None)
        self.attachments = Attachments(self.pastes)
        self.last_waiting: Callable[[], str] = str
        """Takes back the last question that waits; empty where none does."""

    def on_text_area_changed(self) -> None:
        """Show which files are named."""
        self.attachments.follow(self.text)

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
        """A line up; above the first one are the question that waits last, and those of before."""
        listing = self.completions.offer is not None
        if select or listing or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
            return
        waiting = "" if self.text else self.last_waiting()
        if (text := waiting or self.asked.older(self.text)) is not None:
            self.put(text)

    def action_cursor_down(self, select: bool = False) -> None:
        """A line down; below the last one are newer questions."""
        listing = self.completions.offer is not None
        if select or listing or not self.navigator.is_last_wrapped_line(self.cursor_location):
            super().action_cursor_down(select)
        elif (text := self.asked.newer()) is not None:
            self.put(text)

    def action_newline(self) -> None:
        """Break the line at the cursor."""
        self.insert("\n")
        self.scroll_cursor_visible()

    def action_read_up(self) -> None:
        """Scroll the transcript, which has no key of its own while one types."""
        self.post_message(self.Read(Scroll.UP))

    def action_read_down(self) -> None:
        """Scroll the transcript down."""
        self.post_message(self.Read(Scroll.DOWN))

    def action_read_first(self) -> None:
        """Scroll the transcript to its beginning."""
        self.post_message(self.Read(Scroll.FIRST))

    def action_read_last(self) -> None:
        """Scroll the transcript to its end."""
        self.post_message(self.Read(Scroll.LAST))

    def action_edit(self) -> None:
        """Hand the text to the person's editor, and take it back from there; one editor at a time."""
        if not any(worker.group == "editor" and not worker.is_finished for worker in self.app.workers):
            self.screen.run_worker(self._edit(), name="editor", group="editor", exit_on_error=False)

    async def _edit(self) -> None:
        before = self.text
        text, trouble = await edited(self.app, before, self.put)
        if text != before:  # questions that could not be sent may have come back meanwhile, before it
            came = self.text.removesuffix(before).rstrip("\n")
            self.put(f"{came}\n\n{text}" if came else text)
        if trouble is not None:
            raise trouble

    def put(self, text: str) -> None:
        """Have `text` in place of what is typed; undo brings that back."""
        self.replace(self.pastes.fold(text), (0, 0), self.document.end)
        self.move_cursor(self.document.end)
        self.settle()

    def take(self) -> str:
        """The text, which is typed no more."""
        text = self.text
        self.clear()
        return text

    def give_back(self, text: str) -> None:
        """Put text that could not be sent before whatever is typed by now."""
        text = self.pastes.fold(text)
        self.text = f"{text}\n\n{self.text}" if self.text.strip() else text
        self.move_cursor(self.document.end)
        self.settle()
