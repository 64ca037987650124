"""`r1chat models fit`: what fits this machine, before anything is fetched."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from r1chat.cli.columns import columns
from r1chat.cli.options import json_option
from r1chat.core.advice import CONTEXTS, Advice, Row, recommend, row_of_file, table
from r1chat.core.catalog import CatalogModel, catalog, choose, looks_like_id
from r1chat.core.fit import Fit, KvType, Machine, Verdict, pace
from r1chat.core.fit_words import place
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.core.units import context, memory, size
from r1chat.hardware import Hardware, measure
from r1chat.hub.library import resolve
from r1chat.modelfile import check_file
from r1chat.paths import default_paths


class FitJson(msgspec.Struct, kw_only=True):
    """What `--json` prints of one quantisation and context. Memory in bytes."""

    verdict: Verdict
    n_ctx: int
    gpu_layers: int
    n_layer: int
    weights: int
    kv: int
    compute: int
    total: int
    on_gpu: int
    in_ram: int
    missing: int
    tokens_per_s: float | None


class RowJson(msgspec.Struct, kw_only=True):
    """One quantisation."""

    model: str
    size: int
    verified: bool
    largest_ctx: int
    contexts: list[FitJson]


class ReportJson(msgspec.Struct, kw_only=True):
    """Everything that `--json` prints."""

    machine: Machine
    cores: int
    notes: tuple[str, ...]
    kv: KvType
    models: list[RowJson]
    recommended: str | None
    reason: str


@click.command()
@click.argument("model", required=False)
@click.option(
    "--kv",
    type=click.Choice([kind.value for kind in KvType]),
    default="f16",
    help="How the KV cache is kept.",
)
@json_option
def fit_models(model: str | None, *, kv: str, as_json: bool) -> None:
    """Which quantisation and context fit this machine now.

    MODEL is a name of the catalog, or a file that is here; without it, all of the catalog.
    """
    hardware, kind = measure(), KvType(kv)
    if model is None or looks_like_id(model):
        chosen = catalog().models if model is None else (choose(model).model,)
        quant = choose(model).quant if model is not None and ":" in model else None
        rows = table(chosen, hardware.machine, kind)
        shown, advice = [row for row in rows if quant in {None, row.choice.quant}], recommend(rows)
    else:
        file = check_file(Path(resolve(model, default_paths())))
        shown = [row_of_file(model, file.header, file.size, hardware.machine, kind)]
        chosen, advice = (shown[0].choice.model,), None
    if as_json:
        report = ReportJson(
            machine=hardware.machine, cores=hardware.cores, notes=hardware.notes, kv=KvType(kv),
            models=[_row_json(row) for row in shown],
            recommended=advice.row.choice.name if advice and advice.row else None,
            reason=advice.reason if advice else "",
        )  # fmt: skip
        click.echo(json_text(report))
        return
    for line in (*_machine(hardware), *_tables(chosen, shown), *_advice(advice)):
        click.echo(plain(line))


def _machine(hardware: Hardware) -> Iterator[str]:
    machine = hardware.machine
    yield f"RAM   {memory(machine.ram_free)} of {memory(hardware.ram_total)} free, {hardware.cores} core(s)"
    for gpu in machine.gpus:
        yield f"GPU   {gpu.name}: {memory(gpu.free)} of {memory(gpu.total)} free"
    for gpu in hardware.unused_gpus:
        yield f"GPU   {gpu.name}: not used, this build of llama-cpp-python cannot (see README, 'GPU')"
    for note in hardware.notes:
        yield f"      {note}"


def _tables(models: Sequence[CatalogModel], rows: Sequence[Row]) -> Iterator[str]:
    for model in models:
        cells = [["", "size", *map(context, CONTEXTS), "largest", "tokens/s"]]
        cells += [_cells(row) for row in rows if row.choice.model == model]
        yield ""
        yield f"{model.id}  {model.name}"
        yield from columns(cells, right=range(1, len(cells[0])))
    yield ""
    yield "GPU: all layers there. n/m GPU: n of m layers there. CPU: all in RAM. no: does not fit."


def _cells(row: Row) -> list[str]:
    first = row.fits[0]
    speed = "" if first.tokens_per_s is None or not row.largest else _speed(first.tokens_per_s)
    largest = f"{row.largest:,}" if row.largest else "none"
    trained = row.choice.model.shape.n_ctx
    places = [place(found) if found.n_ctx <= trained else "–" for found in row.fits]
    return [row.choice.quant, size(row.choice.entry.size), *places, largest, speed]


def _speed(tokens_per_s: float) -> str:
    return f"~{tokens_per_s:.0f} {pace(tokens_per_s)}" if tokens_per_s >= 1 else f"<1 {pace(tokens_per_s)}"


def _advice(advice: Advice | None) -> Iterator[str]:
    if advice is None:
        return
    yield ""
    if advice.row is None:
        yield advice.reason
        return
    choice, largest = advice.row.choice, advice.row.largest
    yield f"Recommended: {choice.name}, {size(choice.entry.size)}, up to {largest:,} tokens of context."
    yield f"{advice.reason} Fetch it with `r1chat models pull {choice.name}`."


def _row_json(row: Row) -> RowJson:
    return RowJson(
        model=row.choice.name,
        size=row.choice.entry.size,
        verified=row.choice.entry.verified,
        largest_ctx=row.largest,
        contexts=[_fit_json(found) for found in row.fits],
    )


def _fit_json(found: Fit) -> FitJson:
    return FitJson(
        verdict=found.verdict, n_ctx=found.n_ctx, gpu_layers=found.gpu_layers, n_layer=found.n_layer,
        weights=found.need.weights, kv=found.need.kv, compute=found.need.compute, total=found.need.total,
        on_gpu=found.on_gpu, in_ram=found.in_ram, missing=found.missing, tokens_per_s=found.tokens_per_s,
    )  # fmt: skip
