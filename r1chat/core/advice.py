"""Every quantisation of the catalog against a machine, and the one to begin with."""

from collections.abc import Iterable, Sequence

import msgspec

from r1chat.core.catalog import DEFAULT_QUANT, CatalogModel, Choice, Quant, Scores, catalog
from r1chat.core.fit import (
    Fit,
    KvType,
    Machine,
    Pace,
    Verdict,
    Weights,
    fit,
    largest_context,
    pace,
    shape_of,
    weights_by_quant,
    weights_of,
)
from r1chat.core.gguf import Header
from r1chat.core.identity import quant_of

CONTEXTS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072)
"""Columns of the table, in tokens."""
WANTED_CONTEXT = 16_384
"""What a recommended model must hold: a long thought and a few turns."""

_PACES = list(Pace)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One quantisation on this machine."""

    choice: Choice
    fits: tuple[Fit, ...]
    """One for each of `CONTEXTS`."""
    largest: int
    """Tokens of the largest context that fits; 0 where none does."""

    def at(self, n_ctx: int) -> Fit:
        """The fit with one of the contexts of the table."""
        return next(found for found in self.fits if found.n_ctx == n_ctx)


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """The model to begin with, and why."""

    row: Row | None
    """None where nothing of the catalog fits."""
    reason: str

    def among(self, rows: Iterable[Row]) -> "Advice | None":
        """The same model by another look at the machine; None where it does not fit any more."""
        same = (row for row in rows if row.choice == self.choice and _fits(row))
        row = next(same, None)
        return None if row is None else Advice(row=row, reason=self.reason)

    @property
    def choice(self) -> Choice | None:
        """Its name, `choice.name`, and the bytes to fetch, `choice.entry.size`."""
        return self.row.choice if self.row is not None else None


def table(models: Iterable[CatalogModel], machine: Machine, kv: KvType = KvType.F16) -> tuple[Row, ...]:
    """Every quantisation of the models, in the catalog's order."""
    return tuple(_row(Choice(model, quant), machine, kv) for model in models for quant in model.quants)


def row_of_file(name: str, header: Header, size: int, machine: Machine, kv: KvType = KvType.F16) -> Row:
    """A file that is here, as if it were a model of the catalog with one quantisation."""
    shape, quant = shape_of(header), quant_of(header) or "file"
    model = CatalogModel(
        id=name,
        name=header.text("general.name") or name,
        repo="",
        license="",
        base="",
        rules="",
        params=0,
        scores=Scores(),
        shape=shape,
        quants={quant: Quant(size=size, verified=True)},
    )
    return _row(Choice(model, quant), machine, kv, weights_of(header))


def recommend(rows: Sequence[Row]) -> Advice:
    """The model of the highest published score that a person can sit before; weights as fine as cost nothing.

    It must hold `WANTED_CONTEXT` at Q4_K_M, with at least reading speed where the speed is known. A finer
    quantisation is taken where neither its place nor its class of speed is worse.
    """
    if len({row.choice.model.id for row in rows}) == 1:
        return _of_one(rows)
    default = [row for row in rows if row.choice.quant == DEFAULT_QUANT and _fits(row)]
    if not default:
        return Advice(row=None, reason="Nothing of the catalog fits; the embedded model does.")
    good = [row for row in default if _pace(row) <= _PACES.index(Pace.READING)]
    if not good:
        least = min(default, key=lambda row: row.choice.entry.size)
        return Advice(row=least, reason="It is the smallest; every model of the catalog is slow here.")
    best = max(good, key=lambda row: (row.choice.model.scores.aime_2024 or 0.0, row.choice.model.params))
    return Advice(
        row=_finest(rows, best),
        reason="Of those that hold 16,384 tokens at reading speed it has the highest published AIME score.",
    )


def _of_one(rows: Sequence[Row]) -> Advice:
    """Which quantisation of one model: nobody asked for another."""
    fitting = [row for row in rows if _fits(row)]
    if not fitting:
        return Advice(row=None, reason="It does not fit this machine with 16,384 tokens of context.")
    usual = next((row for row in fitting if row.choice.quant == DEFAULT_QUANT), None)
    if usual is None:
        best, why = max(fitting, key=lambda row: row.choice.entry.size), "The finest of it that fits."
    else:
        best, why = _finest(rows, usual), f"The finest of it that runs where {DEFAULT_QUANT} does, as fast."
    slow = " It is slow here." if _pace(best) > _PACES.index(Pace.READING) else ""
    return Advice(row=best, reason=why + slow)


def _finest(rows: Sequence[Row], best: Row) -> Row:
    """Weights of the same model as fine as cost neither place nor class of speed."""
    finer = [
        row
        for row in rows
        if row.choice.model == best.choice.model and _fits(row) and _place(row) == _place(best)
        and _pace(row) <= _pace(best) and row.choice.entry.size >= best.choice.entry.size
    ]  # fmt: skip
    return max(finer, key=lambda row: row.choice.entry.size)


def first_model(machine: Machine) -> Advice:
    """The model of the whole catalog to begin with on `machine`; `Advice.choice` has its name and size."""
    return recommend(table(catalog().models, machine))


def _row(choice: Choice, machine: Machine, kv: KvType, weights: Weights | None = None) -> Row:
    shape = choice.model.shape
    weights = weights or weights_by_quant(shape, choice.quant, choice.entry.size)
    return Row(
        choice=choice,
        fits=tuple(fit(shape, weights, n_ctx, machine, kv) for n_ctx in CONTEXTS),
        largest=largest_context(shape, weights, machine, kv),
    )


def _fits(row: Row) -> bool:
    return row.at(WANTED_CONTEXT).verdict is not Verdict.NO


def _place(row: Row) -> Verdict:
    return row.at(WANTED_CONTEXT).verdict


def _pace(row: Row) -> int:
    """Rank of the speed class, 0 the fastest; an unknown speed stands in nobody's way."""
    speed = row.at(WANTED_CONTEXT).tokens_per_s
    return 0 if speed is None else _PACES.index(pace(speed))
