"""What the Hub has, as lines of the models screen. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from r1chat.core.advice import WANTED_CONTEXT
from r1chat.core.fit import Fit, Verdict
from r1chat.core.fit_words import place, place_sentence
from r1chat.core.units import memory, size
from r1chat.hub.listing import RemoteModel, Variant

HUB = ("Repository", "Kind", "Size", "At 16k")
"""Headings of the table."""
_OTHER_CELLS = 36
"""Of a line, beside the repository's name."""
_NAME_CELLS = 44
"""Of a name at least, so that a line fits 80 columns."""


class Offer(NamedTuple):
    """One quantisation of one repository; `variant` is None for a repository without any that can be had."""

    model: RemoteModel
    variant: Variant | None
    fit: Fit | None
    """None where its shape is not known."""

    @property
    def key(self) -> str:
        """The same for the same file."""
        return f"{self.model.repo}/{self.variant.files[0].name}" if self.variant else self.model.repo

    @property
    def name(self) -> str:
        """As it is asked for on the command line."""
        return self.model.named(self.variant) if self.variant else self.model.repo


def hub_cells(offer: Offer, *, first: bool, here: bool, width: int = 0) -> tuple[str, ...]:
    """A line of `width` cells; the repository is named on its first one."""
    name, room = offer.model.repo if first else "", max(_NAME_CELLS, width - _OTHER_CELLS)
    if len(name) > room:
        name = name[: room - 1] + "…"
    if offer.variant is None:
        return name, "nothing", "", ""
    mark = "● " if here else ""
    bytes_ = size(offer.variant.size) if offer.variant.size else "?"
    return name, mark + offer.variant.quant, bytes_, place(offer.fit) if offer.fit else "?"


def hub_details(offer: Offer) -> Iterator[str]:
    """More of it."""
    model, variant = offer.model, offer.variant
    notes = [f"licence {model.license}" if model.license else "no licence named"]
    notes += ["gated: its owners want their terms accepted first"] * model.gated
    notes += ["private"] * model.private
    yield f"{model.repo}: {', '.join(notes)}"
    if model.problem:
        yield model.problem
    if variant is None:
        if not model.problem:
            yield "It has no GGUF file that r1chat can fetch."
        return
    parts = f", {len(variant.files)} files that are one model" if len(variant.files) > 1 else ""
    yield f"{variant.files[0].name}{parts}, fetched {model.downloads:,} times in a month"
    match offer.fit:
        case None:
            yield "Whether it fits is not known: the catalog does not know its shape."
        case Fit(verdict=Verdict.NO) as found:
            yield f"With {WANTED_CONTEXT:,} tokens of context it {place_sentence(found)}."
        case found:
            needs = memory(found.need.total)
            yield f"With {WANTED_CONTEXT:,} tokens of context it needs {needs}: {place_sentence(found)}."
