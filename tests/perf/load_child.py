"""Loads each file that stdin names with llama.cpp as the engine does, and decodes; a line for each."""

import os
import sys
from collections import deque
from pathlib import Path

from r1chat.core.conversation import Sampling
from r1chat.engine.base import EngineError
from r1chat.engine.worker import capi
from r1chat.engine.worker.batch import Row
from r1chat.engine.worker.inspect import inspect
from r1chat.engine.worker.sampler import Sampler
from r1chat.engine.worker.tokens import Tokens

N_CTX = 64


def load(path: str) -> str:
    """What became of a file."""
    file = inspect(Path(path))
    model = capi.Model(path, 0, lambda _fraction: True)
    tokens = Tokens(model, file.user_defined)
    context = capi.Context(model, N_CTX, 1, capi.AbortFlag())
    ids = [*tokens.text("1 + 1?\n"), *tokens.ids.values()][:32]
    context.decode([Row(token, at, 0, at == len(ids) - 1) for at, token in enumerate(ids)])
    sampler = Sampler(context, Sampling(seed=1))
    model.piece(sampler.sample(-1))
    sampler.close()
    context.close()
    model.close()
    return "loaded"


def main() -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # llama.cpp prints what it likes
    log: deque[str] = deque(maxlen=50)
    capi.start(lambda _level, line: log.append(line))
    for line in sys.stdin:
        try:
            answer = load(line.strip())
        except (EngineError, capi.LoadFailed, capi.DecodeError) as error:
            answer = f"refused {type(error).__name__} {error}"
        print(answer.replace("\n", " "), file=answers, flush=True)


if __name__ == "__main__":
    main()
