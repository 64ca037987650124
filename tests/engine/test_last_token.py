"""Stop between two tokens: the one that was drawn is said. In a process of its own: C code may die."""

import subprocess
import sys

STOPPED = """
import os
from pathlib import Path
from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import Done, FinishReason, ThinkingDelta
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest
from r1chat.engine.worker import capi
from r1chat.engine.worker.decode import Generation
from r1chat.engine.worker.inspect import inspect
from r1chat.engine.worker.kv import KvCache
from r1chat.engine.worker.pipe import Pipe
from r1chat.engine.worker.tokens import Tokens
from r1chat.paths import tiny_model

capi.start(lambda _level, _text: None)
model = capi.Model(str(tiny_model()), 0, lambda _fraction: True)
abort = capi.AbortFlag()
kv = KvCache(capi.Context(model, 512, 1, abort))
tokens = Tokens(model, inspect(Path(tiny_model())).user_defined)

class Stopping(Pipe):
    sent = ()

    def send(self, message):
        self.sent += (message,)
        self.stopped = self.stopped or isinstance(message, ThinkingDelta)

for samples in (1, 2):
    pipe = Stopping(os.dup(0), 1, abort)
    request = GenerateRequest(
        turns=(Turn(Role.USER, "Compute 47 + 386."),),
        sampling=Sampling(seed=1, temperature=0.0),
        samples=samples,
    )
    Generation(request, tokens, kv, pipe).run()
    for sample in range(samples):
        said = [e for e in pipe.sent if isinstance(e, ThinkingDelta) and e.sample == sample]
        assert sum(len(delta.tokens) for delta in said) == 2, pipe.sent
    ends = [event for event in pipe.sent if isinstance(event, Done)]
    assert [end.reason for end in ends] == [FinishReason.CANCELLED] * samples
    assert [end.stats.thinking_tokens for end in ends] == [2] * samples
"""


def test_the_token_that_was_drawn_last_is_said_once() -> None:
    run = subprocess.run(
        [sys.executable, "-c", STOPPED],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr.decode()
