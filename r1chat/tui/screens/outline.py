"""The steps of a thought, to jump to; they grow with it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from r1chat.core.answers import final_answer, first_stated
from r1chat.core.commands import Place
from r1chat.core.outline import Outline, Turn
from r1chat.core.terminal import plain
from r1chat.tui.bindings import bindings
from r1chat.tui.screens.steady import SteadyScreen
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.steady_list import SteadyList
from r1chat.tui.wording import percent

LOOKS_PER_S = 2
"""How often a running thought is looked at for new steps."""
_SIGNS = {Turn.DOUBT: "?", Turn.CHECK: "✓", Turn.OTHER: "⇄", Turn.STEP: "·", Turn.RESULT: "⇒"}
_STATED = "★"


class OutlineScreen(ModalScreen[int | None], SteadyScreen[int | None]):
    """Ends with a place of the thought, where one was chosen."""

    BINDINGS = bindings(Place.OUTLINE)
    CSS_PATH = "outline.tcss"

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self._reply = reply
        self._outline = Outline()
        self._list = SteadyList()
        self._shown = 0

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._list

    def on_mount(self) -> None:
        self._list.border_title = "Steps of the thought"
        self.look()
        if self._reply.pane.live:
            self.set_interval(1 / LOOKS_PER_S, self.look)

    def look(self) -> None:
        """List the steps that are new; all of them where the thought was cut back or is over."""
        live, thought = self._reply.pane.live, self._reply.pane.reader.text
        if len(thought) < self._outline.length:
            self._outline, self._shown = Outline(), 0
        self._outline.feed(thought[self._outline.length :])
        if live:
            self._list_from(self._shown)
            self._list.border_subtitle = self._count()
        else:
            self._outline.finish()
            self._list_all(thought)

    def _list_from(self, first: int) -> None:
        if not first:
            self._list.clear_options()
        steps = self._outline.steps
        self._list.add_options(
            [self._option(step.at, _SIGNS[step.turn], step.title) for step in steps[first:]]
        )
        self._shown = len(steps)

    def _list_all(self, thought: str) -> None:
        """With the place where the answer is stated for the first time."""
        marked = self._list.highlighted or 0
        answer = final_answer(self._reply.answer.text)
        place = first_stated(thought, answer)
        rows = [(step.at, _SIGNS[step.turn], step.title) for step in self._outline.steps]
        if place is not None:
            line = thought[thought.rfind("\n", 0, place) + 1 :].partition("\n")[0]
            rows.append((place, _STATED, f"first states {answer}: {line.strip()}"))
        self._list.clear_options()
        self._list.add_options([self._option(*row) for row in sorted(rows)])
        self._list.highlighted = min(marked, len(rows) - 1) if rows else None
        self._shown = len(self._outline.steps)
        self._list.border_subtitle = " · ".join(filter(None, (self._count(), self._stated(answer, place))))

    def _count(self) -> str:
        count = len(self._outline.steps)
        return f"{count:,} step{'s' * (count != 1)}" if count else "no steps: it thinks straight on"

    def _stated(self, answer: str, place: int | None) -> str:
        if place is None:
            return "the thought does not state the answer" if answer else ""
        checks = self._outline.checks_after(place)
        then = f", then doubted or checked {checks}×" if checks else ""
        return f"answer first stated at {percent(place, self._outline.length)}{then}"

    def _option(self, at: int, sign: str, title: str) -> Option:
        where = f"{percent(at, self._outline.length):>5}"
        return Option(Content.assemble((where, "dim"), f" {sign} {plain(title)}"), id=str(at) + sign)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go there."""
        event.stop()
        self.dismiss(int((event.option_id or "0")[:-1]))

    def action_close(self) -> None:
        """Go nowhere."""
        self.dismiss(None)
