"""`r1chat models search`: what the Hub has, and what of it fits this machine."""

import asyncio
import contextlib
from collections.abc import Iterator

import click
import msgspec

from r1chat.cli.columns import columns
from r1chat.cli.options import json_option
from r1chat.core.fit import Fit, Machine, Verdict
from r1chat.core.fit_words import place_sentence
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.core.units import size
from r1chat.hardware import measure
from r1chat.hub.listing import RemoteModel, Variant, search
from r1chat.hub.suiting import fit_of
from r1chat.hub.web import Web

CONTEXT = 8192
"""Tokens of context that the fit is told for."""
SHOWN = 40
"""Quantisations of one repository that are printed; `--json` has them all."""


class VariantJson(msgspec.Struct, kw_only=True):
    """What `--json` prints of one quantisation. Sizes in bytes; 0 where the server does not say."""

    quant: str
    size: int
    files: list[str]
    verdict: Verdict | None
    """None where r1chat does not know the model's shape."""
    needs: int
    """Bytes of memory with 8,192 tokens of context; 0 where that is not known."""


class ModelJson(msgspec.Struct, kw_only=True):
    """What `--json` prints of one repository."""

    repo: str
    license: str
    gated: bool
    private: bool
    downloads: int
    problem: str
    variants: list[VariantJson]


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(1, 50), default=8, show_default=True, help="Repositories at most."
)
@json_option
def search_models(text: tuple[str, ...], *, limit: int, as_json: bool) -> None:
    """Search the Hugging Face Hub for GGUF repositories; the most fetched come first."""
    found = asyncio.run(_search(" ".join(text), limit))
    machine = measure(speed=False).machine
    if as_json:
        click.echo(json_text([_json(model, machine) for model in found]))
        return
    for model in found:
        for line in _lines(model, machine):
            click.echo(" ".join(plain(line).splitlines()))
    if not found:
        click.echo("The Hub has no GGUF repository of that name.", err=True)
    else:
        click.echo(
            "Fetch one with `r1chat models pull OWNER/REPOSITORY:QUANT`, or with /FILE in place of :QUANT.",
            err=True,
        )


async def _search(text: str, limit: int) -> tuple[RemoteModel, ...]:
    web = await Web.open()
    async with contextlib.aclosing(web):
        return await search(web, text, limit)


def _lines(model: RemoteModel, machine: Machine) -> Iterator[str]:
    notes = [f"licence {model.license}" if model.license else "no licence named"]
    notes += ["gated: its owners want their terms accepted first"] * model.gated + ["private"] * model.private
    yield f"{model.repo}  {', '.join(notes)}"
    if model.problem:
        yield f"  {model.problem}"
    elif not model.variants:
        yield "  no GGUF file that r1chat can fetch"
    rows = [
        [f"  {_label(one, model)}", size(one.size) if one.size else "?", _parts(one), _word(one, machine)]
        for one in model.variants[:SHOWN]
    ]
    yield from columns(rows, right=[1])
    if (more := len(model.variants) - SHOWN) > 0:
        yield f"  and {more:,} more; --json lists them"
    yield ""


def _label(variant: Variant, model: RemoteModel) -> str:
    """What stands behind the repository's name where it is asked for."""
    return model.named(variant).removeprefix(model.repo)[1:]


def _parts(variant: Variant) -> str:
    return f"{len(variant.files)} files" if len(variant.files) > 1 else ""


def _word(variant: Variant, machine: Machine) -> str:
    found = fit_of(variant, machine, CONTEXT)
    return "" if found is None else place_sentence(found)


def _json(model: RemoteModel, machine: Machine) -> ModelJson:
    return ModelJson(
        repo=model.repo, license=model.license, gated=model.gated, private=model.private,
        downloads=model.downloads, problem=model.problem,
        variants=[_variant_json(one, fit_of(one, machine, CONTEXT)) for one in model.variants],
    )  # fmt: skip


def _variant_json(variant: Variant, found: Fit | None) -> VariantJson:
    return VariantJson(
        quant=variant.quant,
        size=variant.size,
        files=[file.name for file in variant.files],
        verdict=found.verdict if found else None,
        needs=found.need.total if found else 0,
    )
