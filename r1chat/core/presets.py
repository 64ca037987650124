"""Presets: named ways of drawing tokens, of which one counts for a chat."""

from collections.abc import Iterable
from typing import NamedTuple

from r1chat.core.conversation import Sampling

RECOMMENDED = "recommended"
"""The preset with what the model's makers advise."""


SETTINGS = "settings"
"""The preset that the settings' own values are, where those are not the advice."""


class Preset(NamedTuple):
    """A way of drawing tokens, by name."""

    name: str
    temperature: float
    """0 is greedy."""
    top_p: float

    @property
    def figures(self) -> str:
        """Both values, in words."""
        return f"temperature {self.temperature:g}, top-p {self.top_p:g}"

    def draws_like(self, sampling: "Sampling | Preset") -> bool:
        """Whether it draws as that does, the seed aside."""
        return (self.temperature, self.top_p) == (sampling.temperature, sampling.top_p)


DEFAULT = Preset(RECOMMENDED, 0.6, 0.95)
"""DeepSeek's advice for R1 and its distills."""
PRECISE = Preset("precise", 0.5, 0.9)
"""The low end of the range that DeepSeek advises: below it a thought tends to go round in circles."""
CREATIVE = Preset("creative", 0.9, 0.98)


def presets(set_to: Preset, own: Iterable[Preset] = (), recommended: Preset = DEFAULT) -> tuple[Preset, ...]:
    """What can be chosen, the model's advice first; `set_to` are the settings' own values.

    Those are listed where they differ from the advice. An own preset replaces a built-in one of its name.
    """
    first = (recommended,) if recommended.draws_like(set_to) else (recommended, set_to)
    named = {preset.name: preset for preset in (*first, PRECISE, CREATIVE, *own)}
    return tuple(named.values())


def named(sampling: Sampling, choices: Iterable[Preset]) -> Preset:
    """The preset that a reply was drawn with; one without a name's like where none of them draws so."""
    for preset in choices:
        if preset.draws_like(sampling):
            return preset
    return Preset(f"{sampling.temperature:g} / {sampling.top_p:g}", sampling.temperature, sampling.top_p)


def following(preset: Preset, choices: tuple[Preset, ...]) -> Preset:
    """The one after it, the first after the last."""
    index = choices.index(preset) if preset in choices else -1
    return choices[(index + 1) % len(choices)]
