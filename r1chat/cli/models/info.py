"""`r1chat models info`: what a file, or a model of the catalog, is."""

from collections.abc import Iterator
from math import prod
from pathlib import Path

import click
import msgspec

from r1chat.cli.options import json_option
from r1chat.core.catalog import Choice, Scores, Shape, choose, looks_like_id
from r1chat.core.fit import fit, kv_bytes, need, shape_of, weights_by_quant, weights_of
from r1chat.core.identity import choice_of_header, quant_of
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.core.units import memory, size
from r1chat.errors import UsageError
from r1chat.hardware import measure
from r1chat.hub.library import resolve
from r1chat.modelfile import check_file
from r1chat.paths import default_paths

_PLACES = {
    "gpu": "all of it on the GPU",
    "split": "a part of it on the GPU",
    "cpu": "on the CPU",
    "no": "it does not fit",
}

CONTEXT = 16_384
"""Tokens that its need of memory is told for."""
LONGEST_NAME = 200
"""Characters that are printed of a name: a file's header may hold a megabyte of it."""


class Info(msgspec.Struct, kw_only=True):
    """What `--json` prints. Sizes in bytes."""

    name: str
    path: str | None
    """None where it is not on this machine."""
    files: list[str]
    size: int
    quant: str
    shape: Shape
    params: int | None
    tensors: int | None
    kv_per_token: int
    needs: int
    """With a context of 16,384 tokens."""
    verdict: str
    catalog: str | None
    repo: str | None
    license: str | None
    scores: Scores | None


@click.command()
@click.argument("model")
@json_option
def show_info(model: str, *, as_json: bool) -> None:
    """What a model is: shape, quantisation, licence, and what it needs. MODEL may be a path."""
    info = _describe(model)
    if as_json:
        click.echo(json_text(info))
        return
    for label, value in _lines(info):
        click.echo(f"{label:<9} {' '.join(plain(value).split())}")


def _describe(name: str) -> Info:
    try:
        path = resolve(name, default_paths())
    except UsageError:
        if not looks_like_id(name):
            raise
        return _of_catalog(choose(name))
    return _of_file(Path(path))


def _of_file(path: Path) -> Info:
    model = check_file(path)
    header, shape = model.header, shape_of(model.header)
    weights = weights_of(header)
    choice = choice_of_header(header)
    return Info(
        name=header.text("general.name") or path.stem,
        path=str(model.path),
        files=[str(part) for part in model.files],
        size=model.size,
        quant=quant_of(header),
        shape=shape,
        params=sum(prod(tensor.shape) for tensor in header.tensors) if len(model.files) == 1 else None,
        tensors=len(header.tensors),
        kv_per_token=kv_bytes(shape, 256) // 256,
        needs=need(shape, weights, CONTEXT).total,
        verdict=fit(shape, weights, CONTEXT, measure(speed=False).machine).verdict.value,
        catalog=choice.name if choice else None,
        repo=choice.model.repo if choice else None,
        license=choice.model.license if choice else None,
        scores=choice.model.scores if choice else None,
    )


def _of_catalog(choice: Choice) -> Info:
    model, entry = choice.model, choice.entry
    weights = weights_by_quant(model.shape, choice.quant, entry.size)
    return Info(
        name=model.name,
        path=None,
        files=list(choice.files),
        size=entry.size,
        quant=choice.quant,
        shape=model.shape,
        params=model.params,
        tensors=None,
        kv_per_token=kv_bytes(model.shape, 256) // 256,
        needs=need(model.shape, weights, CONTEXT).total,
        verdict=fit(model.shape, weights, CONTEXT, measure(speed=False).machine).verdict.value,
        catalog=choice.name,
        repo=model.repo,
        license=model.license,
        scores=model.scores,
    )


def _lines(info: Info) -> Iterator[tuple[str, str]]:
    shape = info.shape
    name = info.name if len(info.name) <= LONGEST_NAME else info.name[: LONGEST_NAME - 1] + "…"
    yield "name", name + (f"  ({info.catalog})" if info.catalog else "")
    yield "path", info.path or f"not on this machine: `r1chat models pull {info.catalog}`"
    parts = f" in {len(info.files)} files" if len(info.files) > 1 else ""
    yield "size", f"{size(info.size)}{parts}, {info.quant or 'unknown quantisation'}"
    weights = f"{info.params / 1e9:.2f} billion weights, " if info.params else ""
    yield "kind", f"{shape.arch}, {weights}{shape.n_layer} layers, width {shape.n_embd:,}"
    heads = f"{shape.n_head_kv} KV heads of {shape.head_dim}"
    yield "context", f"{shape.n_ctx:,} tokens; {memory(info.kv_per_token * 1024)} for each 1,024 ({heads})"
    yield "needs", f"{memory(info.needs)} with a context of {CONTEXT:,} tokens; here: {_PLACES[info.verdict]}"
    if info.license:
        yield "licence", info.license
    if info.scores and info.scores.aime_2024 is not None:
        yield "scores", f"AIME 2024 {info.scores.aime_2024:g} %, as published for the unquantised weights"
