"""`r1chat bench`: how fast a model is read and thinks on this machine."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator

import click

import r1chat
from r1chat.cli.columns import columns
from r1chat.cli.options import ctx_option, json_option, model_option
from r1chat.cli.wiring import load_request
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.engine.base import EngineError, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.engine.measure import Bench, Measure
from r1chat.hub.library import TINY, resolve
from r1chat.paths import Paths, default_paths
from r1chat.settings import load

MIB = 1 << 20


@click.command()
@model_option
@ctx_option
@click.option("--tokens", type=click.IntRange(8, 4096), default=64, help="Made in each step (64).")
@json_option
def bench(*, model: str | None, ctx: int | None, tokens: int, as_json: bool) -> None:
    """How fast this machine reads prompts and thinks, and what the engine itself costs."""
    paths = default_paths()
    found = asyncio.run(_measure(paths, _request(paths, model, ctx), tokens))
    if as_json:
        click.echo(json_text(found))
    else:
        for line in _report(found):
            click.echo(plain(line))


def _request(paths: Paths, model: str | None, ctx: int | None) -> LoadRequest:
    """The model as a chat would load it, without drafts: they depend on the text."""
    settings = load(paths.settings, os.environ)
    path = resolve(model or settings.model or TINY, paths)
    return load_request(paths, settings, path, n_ctx=ctx)


async def _measure(paths: Paths, request: LoadRequest, tokens: int) -> Bench:
    async with contextlib.aclosing(LocalEngine(paths.logs)) as engine:
        measure = Measure(engine, request, tokens, paths.logs)
        with click.progressbar(length=measure.steps, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            async for step, found in measure.run():
                bar.label = step
                if found is not None:
                    return found
                bar.update(1)
    raise EngineError("The engine measured nothing.", "Ask again.")


def _report(bench: Bench) -> Iterator[str]:
    """Lines for a person."""
    model, build = bench.model, bench.build
    yield f"r1chat {r1chat.__version__}, llama-cpp-python {build.library}, {model.n_threads} thread(s)"
    yield "machine  " + ", ".join(f"{d.name} ({d.description})" for d in build.devices)
    yield f"build    {build.system.strip(' |')}"
    yield (
        f"model    {model.path}, {model.size / MIB:,.0f} MiB, context {model.n_ctx:,}, "
        f"{model.n_gpu_layers} of {model.n_layer + 1} layers on the GPU"
    )
    rows = [("loading", "", f"{model.load_s:.2f} s")]
    rows += [
        ("reading", f"{r.prompt_tokens:,} tokens", f"{r.prefill_tokens_per_s:,.1f} tokens/s")
        for r in bench.readings
    ]
    rows += [
        ("thinking", f"behind {r.prompt_tokens:,} tokens", f"{r.decode_tokens_per_s:,.1f} tokens/s")
        for r in bench.readings
    ]
    rows += [
        ("samples", f"{s.samples} at once", f"{s.tokens_per_s:,.1f} tokens/s together") for s in bench.sampled
    ]
    rows.append(("memory", "of the engine's process", f"{bench.memory / MIB:,.0f} MiB"))
    if bench.overhead_ms is not None:
        rows.append(("own cost", "CPU beside llama.cpp", f"{bench.overhead_ms:.3f} ms a token"))
    yield from columns(rows)
