"""Options that several commands share."""

import math
from collections.abc import Callable
from typing import Any

import click

from r1chat.core.conversation import Mode, Thinking
from r1chat.hub.library import TINY

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

model_option: Decorator = click.option(
    "-m",
    "--model",
    metavar="MODEL",
    help=f"`{TINY}` (the default), a name of `models list` or of the catalog, the path of a .gguf file, "
    "or the address of a server: http://host:port[#model].",
)
continue_option: Decorator = click.option(
    "-c", "--continue", "go_on", is_flag=True, help="Go on with the last chat."
)
ctx_option: Decorator = click.option(
    "--ctx", type=click.IntRange(min=64), metavar="N", help="Context in tokens, prompt and reply together."
)
draft_option: Decorator = click.option(
    "--draft",
    metavar="MODEL|ngram|off",
    help="What guesses tokens ahead: the text itself (ngram, unless set), or a smaller model too.",
)
engine_option: Decorator = click.option(
    "--engine",
    type=click.Choice(["local", "fake"]),
    default="local",
    help="`fake` answers from a script: for demonstrations.",
)
json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


class Finite(click.ParamType[float]):
    """A number within bounds; `nan` is none."""

    name = "number"

    def __init__(self, low: float, high: float, *, above: bool = False) -> None:
        self._low, self._high, self._above = low, high, above

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if self._low <= number <= self._high and not (self._above and number == self._low):
            return number
        edge = "above" if self._above else "from"
        raise click.BadParameter(f"{value!r} is no number {edge} {self._low} to {self._high}.", ctx, param)


class ThinkingType(click.ParamType[Thinking]):
    """`full`, `off`, or a budget in tokens."""

    name = "full|off|n"

    def convert(
        self, value: str | Thinking, param: click.Parameter | None, ctx: click.Context | None
    ) -> Thinking:
        """The thinking that a word or a number means."""
        if isinstance(value, Thinking):
            return value
        if value == "full":
            return Thinking()
        if value in {"off", "0"}:
            return Thinking(Mode.OFF)
        if value.isascii() and value.isdigit() and len(value) < 10:
            return Thinking(Mode.BUDGET, int(value))
        raise click.BadParameter(f"{value!r} is neither `full` nor `off` nor a number of tokens.", ctx, param)
