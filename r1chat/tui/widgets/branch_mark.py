"""The sign of a message that has alternatives: which of how many is shown, and the way to the others."""

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from r1chat.core.commands import command
from r1chat.core.conversation import Place


class BranchMark(Widget):
    """One line; nothing where there is no alternative. A click on its left or right half walks."""

    DEFAULT_CSS = """
    BranchMark { width: auto; height: 1; pointer: pointer; }
    """

    place: reactive[Place | None] = reactive(None, layout=True)

    @dataclass
    class Walked(Message):
        """A person wants the alternative so many places further."""

        mark: "BranchMark"
        step: int

        @property
        def control(self) -> Widget:
            """Where it came from."""
            return self.mark

    def watch_place(self, place: Place | None) -> None:
        self.display = place is not None

    def render(self) -> Content:
        """`‹ 2/3 ›` and the keys."""
        before, after = command("branch_before"), command("branch_after")
        return Content.assemble(
            (self._sign(), "bold"), (f"  {before.key_label} before · {after.key_label} after", "dim")
        )

    def on_click(self, event: events.Click) -> None:
        """Walk to the side that was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None:
            self.post_message(self.Walked(self, -1 if offset.x < cell_len(self._sign()) // 2 else 1))

    def _sign(self) -> str:
        return f"‹ {self.place.number}/{self.place.count} ›" if self.place else ""
