"""Models and downloads as rows of the models screen. Pure."""

from collections.abc import Iterator

from r1chat.core.advice import WANTED_CONTEXT, Row
from r1chat.core.fit import Fit, Verdict, pace
from r1chat.core.fit_words import place
from r1chat.core.units import context, memory, size
from r1chat.hub.discovery import Origin
from r1chat.hub.library import LocalModel
from r1chat.hub.queue import Entry
from r1chat.hub.states import (
    Complete,
    Connecting,
    Downloading,
    Failed,
    Paused,
    Queued,
    Stalled,
    State,
    Verifying,
)
from r1chat.tui.stock import View
from r1chat.tui.wording import duration, percent

LIBRARY = ("Model", "Size", "Whose", "")
CATALOG = ("", "Model", "Size", "AIME", "At 16k", "Largest", "Speed")
DOWNLOADS = ("Model", "Fetched", "", "")
"""Headings of the tables."""


def library_cells(model: LocalModel, current: str) -> tuple[str, ...]:
    """A model of this machine; `current` is the path of the one that is loaded."""
    whose = "embedded" if model.origin is Origin.EMBEDDED else str(model.origin)
    note = "in use" if model.path == current else "cannot be used" if model.problem else ""
    return model.name, size(model.size), whose, note


def catalog_cells(row: Row, view: View) -> tuple[str, ...]:
    """A quantisation of the catalog against this machine."""
    found = row.at(WANTED_CONTEXT)
    score = row.choice.model.scores.aime_2024
    best = view.advice.row is not None and row.choice == view.advice.row.choice
    return (
        "●" if view.here(row.choice) else "★" if best else "",
        row.choice.name,
        size(row.choice.entry.size),
        f"{score:g}" if score is not None else "",
        place(found),
        context(row.largest // 1024 * 1024) if row.largest else "–",
        speed(found),
    )


def download_cells(entry: Entry) -> tuple[str, ...]:
    """A download."""
    state = entry.state
    done = f"{percent(state.done, state.total)} of {size(state.total)}" if state.total else size(state.done)
    return entry.item.name, done, *doing(state)


def doing(state: State) -> tuple[str, str]:
    """What a download does, and how fast or until when."""
    match state:
        case Connecting(reason=reason):
            words = "connecting", "again" if reason else ""
        case Downloading(bytes_per_s=rate, eta_s=eta):
            words = f"{rate / 1e6:.1f} MB/s", "" if eta is None else f"{duration(eta)} left"
        case Stalled(idle_s=idle):
            words = "stalled", f"for {duration(idle)}"
        case Verifying(checked=checked, total=total):
            words = "verifying", percent(checked, total)
        case Queued():
            words = "waits", ""
        case Paused():
            words = "paused", ""
        case Failed():
            words = "failed", ""
        case _:
            words = "here", ""
    return words


def speed(found: Fit) -> str:
    """The expected speed; nothing where the model does not fit."""
    if found.tokens_per_s is None or found.verdict is Verdict.NO:
        return ""
    return f"~{found.tokens_per_s:.0f} tok/s" if found.tokens_per_s >= 1 else "<1 tok/s"


def library_details(model: LocalModel, view: View) -> Iterator[str]:
    """More of a model of this machine."""
    parts = f", {len(model.files)} files" if len(model.files) > 1 else ""
    kind = " ".join(filter(None, (model.architecture, model.quant)))
    yield f"{model.name}: {kind or 'of unknown kind'}, {size(model.size)}{parts}"
    yield model.path
    if model.problem:
        yield model.problem
    if model.embedded and (best := view.advice.row) is not None and view.here(best.choice) is None:
        yield f"It works small problems only. Recommended here: {best.choice.name}, in the catalog (→)."


def catalog_details(row: Row, view: View) -> Iterator[str]:
    """More of a quantisation of the catalog."""
    choice, found = row.choice, row.at(WANTED_CONTEXT)
    model = choice.model
    exact = "" if choice.entry.verified else ", size computed"
    yield f"{model.name}, {choice.quant}, licence {model.license}{exact}"
    rate = f" Expected: {pace(found.tokens_per_s)}." if found.tokens_per_s and speed(found) else ""
    needs = f"With 16k tokens of context it needs {memory(found.need.total)}"
    if found.verdict is Verdict.NO:
        yield f"{needs}, {memory(found.missing)} more than is free."
    elif found.on_gpu:
        yield f"{needs}: {memory(found.on_gpu)} on the GPU, {memory(found.in_ram)} in RAM.{rate}"
    else:
        yield f"{needs} of RAM.{rate}"
    if view.advice.row is not None and choice == view.advice.row.choice:
        yield f"★ {view.advice.reason}"
    yield f"From {model.repo}."


def download_details(entry: Entry) -> Iterator[str]:
    """More of a download: where from, and why it stopped."""
    first = entry.item.files[0]
    licence = f", licence {entry.item.license}" if entry.item.license else ""
    yield f"{first.repo}{licence}"
    match entry.state:
        case Failed(reason=reason, hint=hint):
            yield f"{reason} {hint}".strip()
        case Connecting(reason=reason) if reason:
            yield reason
        case Complete(path=path):
            yield path
