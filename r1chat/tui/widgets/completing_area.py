"""A text area that offers to complete what is typed."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from textual import events

from r1chat.core.commands import Command, command
from r1chat.threads import own_thread
from r1chat.tui.completion import Choice, Names, slash_offer
from r1chat.tui.file_arguments import file_begun
from r1chat.tui.mentions import Begun, begun, path_offer
from r1chat.tui.motion import calm
from r1chat.tui.widgets.attachments import Work
from r1chat.tui.widgets.completions import Completions
from r1chat.tui.widgets.pasting_area import PastingArea


class CompletingArea(PastingArea):
    """Keeps a list of what may be meant; the list is for the screen to place.

    Tab takes from the list. Enter does so only where a person has moved in it, or where what is typed is of
    no use as it stands: it never takes a question for something else.
    """

    def __init__(self) -> None:
        super().__init__()
        self.completions = Completions(self._take)
        self.commands: Callable[[], Iterable[Command]] = tuple
        """Tells which slash commands do something now."""
        self.names: Names = {}
        """What may be named behind some of them."""
        self._folder = Path.cwd()
        self._settled = ""
        """The text about which nothing is offered: it was put here, or its list was closed."""

    def on_mount(self) -> None:
        self.cursor_blink = not calm(self.app)

    def on_key(self, event: events.Key) -> None:
        """Do these in their turn among the keys: a binding would be overtaken by what is typed."""
        if self._does(event.key):
            event.stop()
            event.prevent_default()

    def _does(self, key: str) -> bool:
        if key in command("prompt.complete").keys and self.completions.first is not None:
            self.action_complete()
        elif key == "up":
            self.action_cursor_up()
        elif key == "down":
            self.action_cursor_down()
        elif not (key == "enter" and self._enter_takes()):
            if key not in command("prompt.send").keys:
                return False
            self.action_send()
        return True

    def action_send(self) -> None:
        """What Enter does."""

    def on_text_area_changed(self) -> None:
        self.offer()

    def offer(self) -> None:
        """Offer what may be meant by now."""
        if self.text == self._settled:
            self.completions.show(None)
            return
        self._settled = ""
        at_end = self.cursor_location == self.document.end
        path = file_begun(self.text, self.commands()) if at_end else None
        offer = slash_offer(self.text, self.commands(), self.names) if at_end and not path else None
        path = path or (begun(self._before_cursor()) if offer is None else None)
        if path is None:
            self.completions.show(offer)
        else:
            look: Work = partial(self._look_up, path, self.text)
            self.screen.run_worker(look, name="paths", group="paths", exclusive=True, exit_on_error=False)

    async def _look_up(self, path: Begun, text: str) -> None:
        offer = await own_thread(partial(path_offer, path, self._folder), "paths")
        still = self.text == text != self._settled
        if still and self._before_cursor().endswith(path.typed):
            self.completions.show(offer)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the list do something while it is open."""
        match action:
            case "complete":
                return self.completions.first is not None
            case "leave":
                return self.completions.offer is not None
            case _:
                return super().check_action(action, parameters)

    def action_complete(self) -> None:
        """Take what is marked in the list, else its first."""
        if (choice := self.completions.first) is not None:
            self._take(choice)

    def action_leave(self) -> None:
        """Offer nothing more about what is typed."""
        self.settle()

    def settle(self) -> None:
        """Close the list, until what stands here now is changed."""
        self._settled = self.text
        self.completions.show(None)

    def action_cursor_up(self, select: bool = False) -> None:
        """Up in the list, where it is open."""
        if select or self.completions.offer is None:
            super().action_cursor_up(select)
        else:
            self.completions.move(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down in the list, where it is open."""
        if select or self.completions.offer is None:
            super().action_cursor_down(select)
        else:
            self.completions.move(1)

    def _enter_takes(self) -> bool:
        """Whether Enter was for the list; then its choice is taken, and run where nothing can follow."""
        offer = self.completions.offer
        if offer is None or not self._before_cursor().endswith(offer.typed):
            return False
        choice = self.completions.chosen
        if choice is None:
            return False
        self._take(choice)
        return not (offer.eager and not choice.text.endswith(" "))

    def _before_cursor(self) -> str:
        row, column = self.cursor_location
        return self.document.get_line(row)[:column]

    def _take(self, choice: Choice) -> None:
        offer = self.completions.offer
        if offer is None or not self._before_cursor().endswith(offer.typed):
            return
        row, column = self.cursor_location
        start = (row, column - len(offer.typed))
        self.replace(choice.text, start, (row, column))
        self.move_cursor((row, start[1] + len(choice.text)))
        self.focus()
