"""What somebody reads who has no chats and no model but the embedded one. Pure."""

from collections.abc import Iterator

from r1chat.core.advice import WANTED_CONTEXT, Row
from r1chat.core.commands import command
from r1chat.core.fit import Verdict
from r1chat.core.units import memory, size
from r1chat.hub.discovery import Origin
from r1chat.tui.stock import View

TINY = "tiny, which came along, answers already: small sums and puzzles, and nothing else."


def is_first(view: View) -> bool:
    """No model is here but the embedded one."""
    return all(model.origin is Origin.EMBEDDED for model in view.library)


def first_words(view: View) -> Iterator[str]:
    """What runs well here, what answers already, and which key fetches the model to begin with."""
    machine, best = view.hardware.machine, view.advice.row
    devices = [f"{gpu.name} with {memory(gpu.free)}" for gpu in machine.gpus]
    yield f"Free here: {memory(machine.ram_free)} of RAM{''.join(f', {device}' for device in devices)}."
    if best is None:
        yield view.advice.reason
        yield TINY
        return
    yield f"What suits it best: {best.choice.name}, {size(best.choice.entry.size)} to fetch{_how(best)}."
    fetch = command("fetch")
    yield f"{fetch.key_label} fetches it; {command('models').key_label} shows what else there is."
    yield TINY


def _how(row: Row) -> str:
    """Where it will run, and about how fast."""
    found = row.at(WANTED_CONTEXT)
    where = "on the CPU" if found.verdict is Verdict.CPU else "on the GPU" if found.on_gpu else ""
    speed = f"about {found.tokens_per_s:.0f} tok/s" if found.tokens_per_s and found.tokens_per_s >= 1 else ""
    words = " ".join(filter(None, (speed, where)))
    return f", {words}" if words else ""
