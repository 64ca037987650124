"""How a child's log ends is shown where that tells why it died."""

import contextlib
import sys
from pathlib import Path

import pytest

from r1chat.engine.base import EngineCrashed
from r1chat.engine.local import LocalEngine
from r1chat.engine.wire import ProbeRequest

AMX = "AMX is not ready to be used!"


@pytest.mark.parametrize(
    ("number", "words", "shown"),
    [
        ("SIGABRT", ("failed assertion",), "ends: failed assertion"),
        ("SIGABRT", ("failed assertion", AMX), "ends: failed assertion"),
        ("SIGABRT", (AMX,), ""),
        ("SIGKILL", ("a line of no meaning",), ""),
        ("SIGTERM", ("a line of no meaning",), ""),
    ],
)
async def test_a_childs_last_words_are_shown_where_they_tell_of_its_end(
    tmp_path: Path, number: str, words: tuple[str, ...], shown: str
) -> None:
    script = "import os, signal, sys; [print(line, file=sys.stderr, flush=True) for line in sys.argv[2:]]"
    script += "; os.kill(os.getpid(), signal.Signals[sys.argv[1]])"
    engine = LocalEngine(tmp_path, worker=(sys.executable, "-c", script, number, *words))
    async with contextlib.aclosing(engine):
        with pytest.raises(EngineCrashed, match=number) as caught:
            await engine.probe(ProbeRequest())
    assert caught.value.hint.endswith(shown or ".log.")
