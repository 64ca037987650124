"""Time to the first token of turn 10 of a chat, beside llama-server with its prompt cache on.

    python tests/perf/turns.py --server PATH/llama-server [--model FILE] [--runs 5] [--threads 2]

Both hold the same chat with the same context, threads and KV type. Before each measurement both have thought
and answered turn 9, and had time to rest; the next prompt drops that thought, as R1 was trained to have it.
The runs are interleaved, and each asks another question.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import AnswerDelta, Done, FinishReason, ThinkingDelta
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.engine.wire import ProbeRequest
from r1chat.paths import tiny_model

TARGET = 1 / 3
LAST = 10
"""The turn that is measured."""
LINE = "The sum of {} and {} is {}, which can be checked by taking {} away from it again. "
ENDS = tuple(map(chr, range(32, 127)))
"""Stop strings that end any text soon: the weights may be random."""


def lines(start: int, count: int) -> str:
    """So many sentences."""
    return "".join(LINE.format(n, start, n + start, start) for n in range(start, start + count)).strip()


def question(number: int, run: int = 0) -> str:
    """About 35 tokens."""
    return f"{run}. Now turn {number}: {lines(number + run, 1)} Why?"


def thought(number: int) -> str:
    """About 170 tokens."""
    return lines(200 + number, 6) + "\n"


def answer(number: int) -> str:
    """About 200 tokens."""
    return f"Because of this. {lines(100 + number, 7)}"


class Ours:
    """The engine as the program uses it."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine

    async def ids(self, turns: tuple[Turn, ...]) -> list[int]:
        """The prompt of a turn; it is known when the engine has used its idle time."""
        return list((await self._engine.probe(ProbeRequest(turns))).prompt_ids)

    async def say(self, turns: tuple[Turn, ...], number: int) -> tuple[Turn, ...]:
        """Think and answer a turn; returns the chat with the answer."""
        prefix = Prefix(thinking=thought(number), answer=answer(number), closed=True)
        request = GenerateRequest(
            turns=turns, prefix=prefix, sampling=Sampling(seed=number), max_tokens=200, stop=ENDS
        )
        said, ends = "", []
        async with contextlib.aclosing(self._engine.generate(request)) as events:
            async for event in events:
                match event:
                    case AnswerDelta(text=text):
                        said += text
                    case Done():
                        ends.append(event)
        if ends[0].reason is not FinishReason.STOP:
            raise SystemExit("The model did not come to an end.")
        return (*turns, Turn(Role.ASSISTANT, (answer(number) + said).strip("\n")))

    async def first_token(self, turns: tuple[Turn, ...]) -> tuple[float, int, int]:
        """Seconds to the first token, the prompt's tokens, and those that were cached."""
        request = GenerateRequest(turns=turns, sampling=Sampling(seed=1), max_tokens=1)
        first, ends = 0.0, []
        begun = time.perf_counter()
        async with contextlib.aclosing(self._engine.generate(request)) as events:
            async for event in events:
                match event:
                    case ThinkingDelta() if not first:
                        first = time.perf_counter() - begun
                    case Done():
                        ends.append(event)
        return first, ends[0].stats.prompt_tokens, ends[0].stats.cached_tokens


class Theirs:
    """llama-server."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=600)

    def _ask(self, path: str, body: dict[str, Any]) -> HTTPResponse:
        self._connection.close()  # it hangs up on whoever is silent for long
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        return self._connection.getresponse()

    def well(self) -> bool:
        """It has loaded its model."""
        try:
            self._connection.request("GET", "/health")
            response = self._connection.getresponse()
            response.read()
        except OSError:
            self._connection.close()
            return False
        return response.status == HTTPStatus.OK

    def ids(self, text: str) -> list[int]:
        """Tokens of a text, R1's markup among them."""
        with self._ask("/tokenize", {"content": text, "parse_special": True}) as response:
            return list(json.load(response)["tokens"])

    def first_token(self, ids: list[int]) -> tuple[float, int]:
        """Seconds to the first token of a prompt, and the tokens that were cached."""
        begun, first, cached = time.perf_counter(), 0.0, 0
        body = {"prompt": ids, "n_predict": 1, "cache_prompt": True, "stream": True, "seed": 1}
        with self._ask("/completion", body) as response:
            for line in response:
                if line.startswith(b"data: "):
                    first = first or time.perf_counter() - begun
                    cached = json.loads(line[6:]).get("timings", {}).get("cache_n", cached)
        return first, cached


@contextlib.contextmanager
def serving(server: Path, model: Path, n_ctx: int, threads: int) -> Iterator[Theirs]:
    """A llama-server with one slot."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        server, "-m", model, "-c", n_ctx, "-t", threads, "-tb", threads, "-np", 1, "-fa", "auto",
        "--host", "127.0.0.1", "--port", port, "--no-warmup",
    ]  # fmt: skip
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        theirs = Theirs(port)
        while not theirs.well():
            if process.poll() is not None:
                raise SystemExit("llama-server did not start.")
            time.sleep(0.1)
        yield theirs
    finally:
        process.terminate()
        process.wait()


@contextlib.asynccontextmanager
async def loaded(model: Path, n_ctx: int, threads: int) -> AsyncIterator[Ours]:
    """The engine with the model."""
    with tempfile.TemporaryDirectory() as logs:
        async with contextlib.aclosing(LocalEngine(Path(logs))) as engine:
            async for _ in engine.load(LoadRequest(path=str(model), n_ctx=n_ctx, n_threads=threads)):
                pass
            yield Ours(engine)


async def measure(server: Path, model: Path, runs: int, threads: int) -> None:
    """Print a table."""
    ours_s: list[float] = []
    theirs_s: list[float] = []
    async with loaded(model, 4096, threads) as ours:
        with serving(server, model, 4096, threads) as theirs:
            turns: tuple[Turn, ...] = ()
            for number in range(1, LAST):
                asked = (*turns, Turn(Role.USER, question(number)))
                turns = (*asked, Turn(Role.ASSISTANT, answer(number)))
            for run in range(runs):
                said = await ours.say(asked, LAST - 1)
                prompt = await ours.ids(asked)
                rest = f"{thought(LAST - 1)}</think>\n\n{said[-1].text}"
                theirs.first_token(prompt + theirs.ids(rest))
                last = (*said, Turn(Role.USER, question(LAST, run)))
                prompt = await ours.ids(last)
                seconds, total, cached = await ours.first_token(last)
                ours_s.append(seconds)
                seconds, their_cached = theirs.first_token(prompt)
                theirs_s.append(seconds)
                print(
                    f"  {total} tokens: r1chat {ours_s[-1]:.3f} s ({cached} cached), "
                    f"llama-server {seconds:.3f} s ({their_cached} cached)",
                    flush=True,
                )
    ratio = statistics.median(ours_s) / statistics.median(theirs_s)
    print(f"{model.name}, {threads} threads, medians of {runs}:")
    print(f"r1chat {statistics.median(ours_s):.3f} s, llama-server {statistics.median(theirs_s):.3f} s")
    print(f"ratio {ratio:.3f}, target {TARGET:.3f}: {'holds' if ratio <= TARGET else 'MISSED'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=tiny_model())
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    asyncio.run(measure(options.server, options.model, options.runs, options.threads))


if __name__ == "__main__":
    main()
