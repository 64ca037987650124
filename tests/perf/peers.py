"""r1chat's engine beside llama.cpp's own programs, on one file, interleaved; prints a table of ratios.

    python -m tests.perf.peers --model FILE --work FOLDER [--sdist FILE|FOLDER] [--gpu-layers N]

FOLDER keeps the build and the results. llama-bench and llama-server come from the same llama.cpp as the
installed llama-cpp-python; all run with the same threads, layers, micro-batch, automatic flash attention and
f16 KV cache. Each round runs all of them once, in another order; figures are medians of all rounds, those of
earlier calls in FOLDER included (`--fresh` forgets them). With `--rounds 0` it prints what is there.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from r1chat.core.conversation import Role, Sampling, Thinking
from r1chat.core.events import Done, Stats
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.engine.worker.plan import plan_threads
from tests.perf.peers_build import Peers, build

Figures = dict[str, float]
MIB = 1 << 20


@dataclass(frozen=True)
class Setup:
    """What all of them are given."""

    model: Path
    peers: Peers
    prompt: int
    tokens: int
    n_ctx: int
    threads: int
    gpu_layers: int

    @property
    def question(self) -> str:
        """About `prompt` tokens that were never asked before: nothing of it can be in a cache."""
        first = random.SystemRandom().randrange(10**9)
        return f"{first}: " + "Compute 47 + 386. " * max(1, (self.prompt - 16) // 9)


def bench(setup: Setup, *, prompt: int, tokens: int, depth: int) -> float:
    """Tokens a second of one test of llama-bench."""
    counts = ("-p", str(prompt), "-n", str(tokens), "-d", str(depth))
    machine = ("-t", str(setup.threads), "-ngl", str(setup.gpu_layers))
    run = subprocess.run(
        [setup.peers.bench, "-m", setup.model, *counts, *machine, "-fa", "auto", "-r", "1", "-o", "json"],
        env={**os.environ, **setup.peers.environment},
        capture_output=True,
        check=True,
    )
    return float(json.loads(run.stdout)[0]["avg_ts"])


def bench_prefill(setup: Setup) -> Figures:
    """llama-bench's pp."""
    return {"bench pp": bench(setup, prompt=setup.prompt, tokens=0, depth=0)}


def bench_decode(setup: Setup) -> Figures:
    """llama-bench's tg behind the same number of tokens."""
    return {"bench tg": bench(setup, prompt=0, tokens=setup.tokens, depth=setup.prompt)}


@contextlib.contextmanager
def serving(setup: Setup, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """llama-server with one slot of the context, ready."""
    machine = ("-t", str(setup.threads), "-ngl", str(setup.gpu_layers), "-c", str(setup.n_ctx))
    alike = ("-np", "1", "-fit", "off", "-fa", "auto", "-b", "512", "-ub", "512", "-cram", "0")
    server = subprocess.Popen(
        [setup.peers.server, "-m", setup.model, *machine, *alike, "--port", str(port)],
        env={**os.environ, **setup.peers.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError, http.client.HTTPException):
                if "ok" in _http(port, "GET", "/health"):
                    break
            time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        server.wait()


def _http(port: int, method: str, path: str, body: str | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    return connection.getresponse().read().decode()


def server(setup: Setup) -> Figures:
    """llama-server's own timings of one completion, with the sampler chain of r1chat, and its memory."""
    port = 20_000 + os.getpid() % 20_000
    request = {
        "prompt": [random.randrange(1000, 5000) for _ in range(setup.prompt)],
        "n_predict": setup.tokens,
        "samplers": ["top_k", "temperature", "top_p"],
        "top_k": 1024,
        "temperature": 0.6,
        "top_p": 0.95,
        "ignore_eos": True,
        "cache_prompt": False,
    }
    with serving(setup, port) as process:
        timings = json.loads(_http(port, "POST", "/completion", json.dumps(request)))["timings"]
        memory = peak(process.pid)
    return {
        "server pp": timings["prompt_per_second"],
        "server tg": timings["predicted_per_second"],
        "server MiB": memory / MIB,
    }


async def _worker(setup: Setup, count: int) -> tuple[list[Stats], int]:
    """Figures of `count` replies to one prompt, and the most memory that the child had."""
    request = GenerateRequest(
        turns=(Turn(Role.USER, setup.question),),
        sampling=Sampling(seed=random.randrange(1 << 30)),
        thinking=Thinking(reserve=0),
        max_tokens=setup.tokens,
        samples=count,
    )
    load = LoadRequest(
        path=str(setup.model),
        n_ctx=setup.n_ctx,
        n_threads=setup.threads,
        n_gpu_layers=setup.gpu_layers,
        draft_from_text=False,  # the others decode one token at a time
    )
    with tempfile.TemporaryDirectory() as logs:
        async with contextlib.aclosing(LocalEngine(Path(logs))) as engine:
            async for _ in engine.load(load):
                pass
            stats = [e.stats async for e in engine.generate(request) if isinstance(e, Done)]
            return stats, peak(engine.pid or 0)


def worker(setup: Setup) -> Figures:
    """One reply through r1chat's worker: sampling, detokenising and the pipe included, and its memory."""
    [stats], memory = asyncio.run(_worker(setup, 1))
    return {
        "worker pp": (stats.prompt_tokens - stats.cached_tokens) / stats.prefill_s,
        "worker tg": stats.decode_tokens_per_s,
        "worker MiB": memory / MIB,
    }


def samples(setup: Setup) -> Figures:
    """Eight replies to one prompt at once: tokens a second of all together."""
    all_stats, _ = asyncio.run(_worker(setup, 8))
    made = sum(stats.thinking_tokens + stats.answer_tokens for stats in all_stats)
    return {"8 samples tg": made / max(stats.decode_s for stats in all_stats)}


def ask(setup: Setup) -> Figures:
    """The whole program: `r1chat ask --json`."""
    program = (sys.executable, "-m", "r1chat", "ask", "--json", "--no-save")
    size = ("--ctx", str(setup.n_ctx), "--max-tokens", str(setup.tokens))
    with tempfile.TemporaryDirectory() as home:
        settings = {
            "R1CHAT_HOME": home,
            "R1CHAT_ENGINE_THREADS": str(setup.threads),
            "R1CHAT_ENGINE_GPU_LAYERS": str(setup.gpu_layers),
        }
        run = subprocess.run(
            [*program, "-m", setup.model, *size, setup.question],
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,  # an answer that is cut off at so many tokens ends with 4
        )
    return {"ask tg": json.loads(run.stdout)["timings"]["decode_tokens_per_s"]}


def peak(pid: int) -> int:
    """Bytes of memory that a process had at most (Linux only; elsewhere 0)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


RUNS: tuple[Callable[[Setup], Figures], ...] = (bench_prefill, bench_decode, server, worker, samples, ask)
ROWS = (
    ("decode through the worker ÷ llama-bench tg", "worker tg", "bench tg", 0.97, 1),
    ("decode through the worker ÷ llama-server", "worker tg", "server tg", 1.0, 1),
    ("prefill through the worker ÷ llama-bench pp", "worker pp", "bench pp", 0.97, 1),
    ("decode through `r1chat ask --json` ÷ llama-bench tg", "ask tg", "bench tg", 0.95, 1),
    ("8 samples at once ÷ one, through the worker", "8 samples tg", "worker tg", 2.2, 1),
    ("peak memory of the worker ÷ llama-server", "worker MiB", "server MiB", 1.02, -1),
)
"""What, its figure, its peer's, the target, and 1 where more is better."""


def table(rounds: list[Figures]) -> None:
    """Print the medians, and each ratio of medians beside its target."""
    middle = {name: statistics.median(row[name] for row in rounds if name in row) for name in rounds[-1]}
    print(", ".join(f"{name} {value:.2f}" for name, value in middle.items()))
    print("| what | median | peer | ratio | lowest – highest of a round | target |")
    print("|---|---:|---:|---:|---|---|")
    for what, own, other, target, sign in ROWS:
        if not middle.get(other) or own not in middle:
            continue
        ratio = middle[own] / middle[other]
        each = [row[own] / row[other] for row in rounds if own in row and other in row]
        missed = "" if sign * ratio >= sign * target else ": **missed**"
        print(
            f"| {what} | {middle[own]:.2f} | {middle[other]:.2f} | {ratio:.3f} "
            f"| {min(each):.3f} – {max(each):.3f} | {'≥' if sign > 0 else '≤'} {target}{missed} |"
        )


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sdist", type=Path)
    parser.add_argument("--cmake", nargs="*", default=[], metavar="OPTION", help="such as -DGGML_CUDA=ON")
    parser.add_argument("--gpu-layers", type=int, default=0)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--ctx", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    peers = build(options.work, options.sdist, options.cmake)
    threads = options.threads or plan_threads(options.model.stat().st_size)
    setup = Setup(
        options.model, peers, options.prompt, options.tokens, options.ctx, threads, options.gpu_layers
    )
    kept = options.work / f"{options.model.stem}-{threads}t-{options.gpu_layers}gpu.json"
    rounds: list[Figures] = json.loads(kept.read_text()) if kept.exists() and not options.fresh else []
    for number in range(options.rounds):
        figures: Figures = {}
        for run in RUNS[number % len(RUNS) :] + RUNS[: number % len(RUNS)]:
            figures |= run(setup)
        rounds.append(figures)
        kept.write_text(json.dumps(rounds))
        print(f"round {number + 1}: {figures}", file=sys.stderr)
    print(f"{options.model.name}, {platform.platform()}, {threads} thread(s), {len(rounds)} rounds")
    print(
        f"prompt {options.prompt}, then {options.tokens} tokens, context {options.ctx}; {peers.environment}"
    )
    table(rounds)


if __name__ == "__main__":
    main()
