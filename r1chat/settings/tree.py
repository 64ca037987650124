"""The tree of what can be set: typed, with bounds, and with a sentence and an effect for each field."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from r1chat.core.conversation import (
    MAX_DRY,
    MAX_DRY_LENGTH,
    MAX_TEMPERATURE,
    MAX_TOKENS,
    MAX_XTC_THRESHOLD,
    Extras,
    Mode,
    Thinking,
)
from r1chat.core.fit import KvType
from r1chat.core.ledger import Overflow
from r1chat.core.presets import Preset


class Effect(StrEnum):
    """From when on a new value counts."""

    NOW = "Counts at once."
    LOAD = "Counts when the model is loaded again."
    START = "Counts when r1chat is started again."


class Notify(StrEnum):
    """How it is told that a long thought is over while nobody looks."""

    AUTO = "auto"
    """The terminal's own notification where it has one, else its bell."""
    BELL = "bell"
    OFF = "off"


AUTOMATIC, NO_LIMIT = "automatic", "no limit"


def _about(description: str, effect: Effect = Effect.NOW, *, unset: str = AUTOMATIC) -> Meta:
    """`unset`: what it is called where a setting that need not be set is not."""
    return Meta(description=description, extra={"effect": effect, "unset": unset})


Tokens = Annotated[int, Meta(ge=1, le=MAX_TOKENS)]
Keys = str | list[str]
"""Textual's name of a key, or several."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file."""


class ThinkingSettings(Table, frozen=True):
    """[thinking]"""

    mode: Annotated[Mode, _about("How much a turn may think: full, budget or off.")] = Mode.FULL
    budget: Annotated[int, Meta(ge=1, le=MAX_TOKENS), _about("Tokens of thought in mode budget.")] = 2048
    reserve: Annotated[
        int, Meta(ge=0, le=MAX_TOKENS), _about("Tokens kept free for the answer when room runs out.")
    ] = 512

    def thinking(self) -> Thinking:
        """As a turn takes it."""
        return Thinking(self.mode, self.budget, self.reserve)


class SamplingSettings(Table, frozen=True):
    """[sampling]"""

    temperature: Annotated[
        float, Meta(ge=0, le=MAX_TEMPERATURE), _about("How freely the next token is drawn; 0 is greedy.")
    ] = 0.6
    top_p: Annotated[
        float, Meta(gt=0, le=1), _about("Draw among the likeliest tokens that make up this share.")
    ] = 0.95
    min_p: Annotated[
        float, Meta(ge=0, le=1), _about("Never draw what is less likely than this share of the likeliest.")
    ] = 0.0
    dry: Annotated[
        float,
        Meta(ge=0, le=MAX_DRY),
        _about("How much less likely is what makes a repetition longer (DRY); 0: off."),
    ] = 0.0
    dry_length: Annotated[
        int, Meta(ge=1, le=MAX_DRY_LENGTH), _about("Tokens that may repeat before DRY counts it.")
    ] = 2
    xtc: Annotated[
        float, Meta(ge=0, le=1), _about("How often the likeliest tokens are left out (XTC); 0: never.")
    ] = 0.0
    xtc_threshold: Annotated[
        float, Meta(ge=0, le=MAX_XTC_THRESHOLD), _about("So likely a token must be for XTC to leave it out.")
    ] = 0.1
    max_tokens: Annotated[
        Tokens | None,
        _about("Thought and answer together; until the context is full if not set.", unset=NO_LIMIT),
    ] = None

    def extras(self) -> Extras:
        """As a turn takes them."""
        return Extras(
            dry=self.dry, dry_length=self.dry_length, xtc=self.xtc, xtc_threshold=self.xtc_threshold
        )


class ContextSettings(Table, frozen=True):
    """[context]"""

    size: Annotated[
        Annotated[int, Meta(ge=64, le=MAX_TOKENS)] | None,
        _about("Tokens, prompt and reply together; what fits if not set, 16,384 at most.", Effect.LOAD),
    ] = None
    overflow: Annotated[
        Overflow, _about("What does not fit is refused, or made to by leaving out oldest turns.")
    ] = Overflow.REFUSE


class EngineSettings(Table, frozen=True):
    """[engine]"""

    threads: Annotated[
        Annotated[int, Meta(ge=1, le=512)] | None,
        _about(
            "CPU threads; if not set one for each physical core, one left free from four up.", Effect.LOAD
        ),
    ] = None
    gpu_layers: Annotated[
        Annotated[int, Meta(ge=0, le=1000)] | None,
        _about("Layers on the GPU; all that fit if not set.", Effect.LOAD),
    ] = None
    kv: Annotated[
        KvType | None,
        _about(
            "How keys and values are kept; if not set f16, or q8_0 where the context is small else.",
            Effect.LOAD,
        ),
    ] = None
    saved_mb: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)] | None,
        _about(
            "Megabytes for chats that left memory; if not set 2,147, or a twentieth of the disk.",
            Effect.LOAD,
        ),
    ] = None
    draft: Annotated[
        str,
        _about("What guesses tokens ahead: ngram (the text itself), a smaller model, or off.", Effect.LOAD),
    ] = "ngram"


class DownloadSettings(Table, frozen=True):
    """[downloads]"""

    limit: Annotated[
        Annotated[float, Meta(ge=0.001, le=100_000)] | None,
        _about("Megabytes a second at most, all downloads together; no limit if not set.", unset=NO_LIMIT),
    ] = None
    at_once: Annotated[int, Meta(ge=1, le=8), _about("Models that are fetched side by side.")] = 2

    @property
    def bytes_per_s(self) -> float:
        """The limit; 0 is none."""
        return 0 if self.limit is None else self.limit * 1e6


class LookSettings(Table, frozen=True):
    """[look]"""

    theme: Annotated[str, _about("The colours; empty is Textual's dark theme.")] = ""
    reduced_motion: Annotated[
        bool, _about("Nothing glides or blinks, and live lines change once a second.")
    ] = False
    title: Annotated[bool, _about("Tell in the terminal's title what goes on.")] = True
    notify: Annotated[
        Notify, _about("How to call when a long thought is over and you look elsewhere: auto, bell or off.")
    ] = Notify.AUTO
    notify_after: Annotated[
        int, Meta(ge=0, le=86_400), _about("Seconds of a thought from which on it counts as long.")
    ] = 20


class PresetSettings(Table, frozen=True):
    """[presets.NAME]"""

    temperature: Annotated[float, Meta(ge=0, le=MAX_TEMPERATURE), _about("As in [sampling].")] = 0.6
    top_p: Annotated[float, Meta(gt=0, le=1), _about("As in [sampling].")] = 0.95


class Settings(Table, frozen=True):
    """Everything that can be set."""

    model: Annotated[
        str,
        _about(
            "The model where none is named, or a server's address; empty is the embedded one.", Effect.START
        ),
    ] = ""
    thinking: ThinkingSettings = ThinkingSettings()
    sampling: SamplingSettings = SamplingSettings()
    context: ContextSettings = ContextSettings()
    engine: EngineSettings = EngineSettings()
    downloads: DownloadSettings = DownloadSettings()
    look: LookSettings = LookSettings()
    presets: dict[str, PresetSettings] = {}
    """Ways of drawing that a person made, by name."""
    keys: dict[str, Keys | dict[str, Keys]] = {}
    """Commands → their keys. TOML takes `prompt.send = …` for a table `prompt`, which means the same."""

    def own_presets(self) -> tuple[Preset, ...]:
        """The presets of the file, in its order."""
        return tuple(Preset(name, own.temperature, own.top_p) for name, own in self.presets.items())

    def keymap(self) -> dict[str, str]:
        """Names of commands → their keys, several parted by commas as Textual takes them."""
        flat: dict[str, str] = {}
        for name, value in self.keys.items():
            below = value if isinstance(value, dict) else {"": value}
            for last, keys in below.items():
                flat[f"{name}.{last}".strip(".")] = keys if isinstance(keys, str) else ",".join(keys)
        return flat
