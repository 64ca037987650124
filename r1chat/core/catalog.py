"""The models that r1chat knows by name, as `catalog.toml` holds them; the facts' sources are named there."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from r1chat.errors import UsageError

DEFAULT_QUANT = "Q4_K_M"
"""What a name without a quantisation means."""

_ID = re.compile(r"r1-[a-z0-9.-]+(:\w+)?")


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of a dense transformer that decide what it takes in memory."""

    arch: str
    """Such as `qwen2`, as GGUF files name it."""
    n_layer: int
    n_head: int
    n_head_kv: int
    head_dim: int
    n_embd: int
    n_ff: int
    n_vocab: int
    n_ctx: int
    """Tokens of context that it was trained for."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How its makers advise to ask it."""

    temperature: float
    temperature_range: tuple[float, float] | None = None
    top_p: float
    system_prompt: bool
    """It may be given one; the distills of January 2025 should not."""
    opens_thought: bool
    """The reply must be made to begin with `<think>`."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Per cent, as published by its makers for the unquantised weights; None where they published none."""

    aime_2024: float | None = None
    """pass@1."""
    aime_2024_cons64: float | None = None
    """The answer that most of 64 samples agree on."""
    math_500: float | None = None
    """pass@1."""


class Quant(msgspec.Struct, frozen=True, kw_only=True):
    """One quantisation of a model."""

    size: int
    """Bytes, all parts together."""
    verified: bool = False
    """The size was read from the repository; otherwise it was computed from the tensors' shapes."""
    sha256: str | None = None
    """Of the file as it was published; a repository may have replaced it."""
    parts: int = 1
    """Files that it is split into."""
    files: tuple[str, ...] = ()
    """Paths in the repository, where the Hub has named them."""


class CatalogModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model with its quantisations."""

    id: str
    """What `-m` takes."""
    name: str
    repo: str
    """On the Hugging Face Hub, as `owner/name`."""
    revision: str | None = None
    """The commit that the sizes were read from."""
    other_repos: tuple[str, ...] = ()
    license: str
    base: str
    """What it was distilled into, and that model's licence."""
    rules: str
    """Name of its prompt rules."""
    params: int
    draft: str | None = None
    """A smaller model of the same vocabulary that can draft for it."""
    scores: Scores
    shape: Shape
    quants: dict[str, Quant]

    def files(self, quant: str) -> tuple[str, ...]:
        """Paths of a quantisation in the repository."""
        entry, stem = self.quants[quant], f"{self.name}-{quant}"
        if entry.files or entry.parts == 1:
            return entry.files or (f"{stem}.gguf",)
        parts = range(1, entry.parts + 1)
        return tuple(f"{stem}/{stem}-{index:05d}-of-{entry.parts:05d}.gguf" for index in parts)

    def corrected(self, seen: Mapping[str, Quant], revision: str) -> "CatalogModel":
        """The same model with what the Hub says of its files at commit `revision`: that outranks it."""
        return msgspec.structs.replace(self, quants={**self.quants, **seen}, revision=revision)


class Choice(msgspec.Struct, frozen=True):
    """What a catalog name such as `r1-qwen-7b:Q5_K_M` means."""

    model: CatalogModel
    quant: str

    @property
    def name(self) -> str:
        """As a person types it, with the quantisation."""
        return f"{self.model.id}:{self.quant}"

    @property
    def entry(self) -> Quant:
        """Size and checksum."""
        return self.model.quants[self.quant]

    @property
    def files(self) -> tuple[str, ...]:
        """Paths in the repository."""
        return self.model.files(self.quant)


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in `catalog.toml`."""

    schema: int
    rules: dict[str, Rules]
    models: tuple[CatalogModel, ...]

    def model(self, model_id: str) -> CatalogModel | None:
        """The model of that id."""
        return next((model for model in self.models if model.id == model_id), None)

    def rules_of(self, model: CatalogModel) -> Rules:
        """How to ask it."""
        return self.rules[model.rules]


@functools.cache
def catalog() -> Catalog:
    """The catalog; read on the first call, some 2 ms."""
    return msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=Catalog)


def looks_like_id(name: str) -> bool:
    """It is meant as a catalog's name, whether or not there is one."""
    return _ID.fullmatch(name) is not None


def choose(name: str) -> Choice:
    """The model and quantisation of a name such as `r1-qwen-7b` or `r1-qwen-7b:Q5_K_M`.

    Raises UsageError for a name that is not in the catalog.
    """
    model_id, _, quant = name.partition(":")
    model = catalog().model(model_id)
    if model is None:
        known = ", ".join(entry.id for entry in catalog().models)
        raise UsageError(f"There is no model {model_id!r} in the catalog.", f"Known are {known}.")
    known_as = {entry.casefold(): entry for entry in model.quants}
    found = known_as.get((quant or DEFAULT_QUANT).casefold())
    if found is None:
        raise UsageError(
            f"{model_id} has no quantisation {quant!r} in the catalog.",
            f"Known are {', '.join(model.quants)}.",
        )
    return Choice(model, found)


def choice_of_file(name: str) -> Choice | None:
    """The catalog's model whose published file has this name; folders in front do not matter."""
    base = name.replace("\\", "/").rpartition("/")[2].casefold()
    for model in catalog().models:
        for quant in model.quants:
            for file in model.files(quant):
                own = file.rpartition("/")[2].casefold()
                if base in {own, f"deepseek-ai_{own}"}:
                    return Choice(model, quant)
    return None
