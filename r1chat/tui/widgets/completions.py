"""A small list above the prompt: what may be meant by what is typed."""

from collections.abc import Callable

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from r1chat.core.terminal import plain
from r1chat.tui.completion import Choice, Offer
from r1chat.tui.widgets.steady_list import SteadyList

_LABEL = 20
"""Columns of the labels, where none is longer."""


class Completions(SteadyList, can_focus=False):
    """Shown while there is something to offer. The prompt keeps the focus, and moves in it."""

    def __init__(self, take: Callable[[Choice], None]) -> None:
        """`take` is called with what is clicked."""
        super().__init__(markup=False)
        self._take = take
        self.offer: Offer | None = None
        """What is listed; None where nothing is."""
        self.display = False

    def show(self, offer: Offer | None) -> None:
        """List what is offered; None closes the list."""
        if offer == self.offer:
            return
        self.offer = offer
        self.display = offer is not None
        self.clear_options()
        if offer is not None:
            width = max([_LABEL, *(len(choice.label) for choice in offer.choices)])
            self.add_options([Option(_line(choice, width)) for choice in offer.choices])
            if offer.hint:
                self.add_option(Option(Content.styled(_flat(offer.hint), "dim"), disabled=True))
            self.highlighted = 0 if offer.eager else None

    @property
    def chosen(self) -> Choice | None:
        """What is marked: a person has moved to it, or Enter is for it."""
        at = self.highlighted
        return self.offer.choices[at] if self.offer and at is not None else None

    @property
    def first(self) -> Choice | None:
        """What is marked, else the first."""
        if self.offer is None or not self.offer.choices:
            return None
        return self.chosen or self.offer.choices[0]

    def move(self, step: int) -> None:
        """Mark the next one in that direction; after the last comes the first."""
        count = len(self.offer.choices) if self.offer else 0
        if count:
            at = self.highlighted
            self.highlighted = (at + step) % count if at is not None else (0 if step > 0 else count - 1)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what is clicked."""
        event.stop()
        if self.offer is not None and event.option in self.options:  # it may list other things by now
            self._take(self.offer.choices[event.option_index])

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()


def _line(choice: Choice, width: int) -> Content:
    return Content.assemble((f"{_flat(choice.label):<{width}}", "bold"), "  ", (_flat(choice.about), "dim"))


def _flat(text: str) -> str:
    return " ".join(plain(text).split())
