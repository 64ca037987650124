"""Does anything at all to the program, and looks whether it holds.

    python -m tests.stress.keys [--steps 20000] [--seed N] [--only 3,17,25]

Keys, pastes, commands, clicks, sizes down to one cell, an engine that stalls, fails and dies, another
program on the same store, endings and new beginnings. It breaks where anything is raised anywhere, where a
screen does not answer any more, where what was typed is not there after the next start, and where a reply
that was shown is not in the store. The steps come from the seed alone; `--only` takes those of these numbers.
What breaks is looked for with fewer and fewer steps, as long as fewer break it too: threads make that no
certainty.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.stress.hands import Hands
from tests.stress.rig import Broken, Rig, running
from tests.stress.steps import Step, steps

TRIES = 60
"""Runs at most that look for fewer steps."""
Numbered = tuple[int, Step]


class Found(NamedTuple):
    """What broke."""

    number: int
    """Of the step that it broke at, or soon after."""
    error: BaseException


class Player:
    """Does steps, in one run of the program after the other."""

    number = 0
    """Of the step that was done last."""

    async def play(self, todo: Sequence[Numbered], seed: int, home: Path) -> None:
        """Do these steps. Raises what breaks."""
        dice, queue = random.Random(seed), list(reversed(todo))
        before: str | None = None
        while queue:
            async with running(home, dice) as rig:
                hands = Hands(rig)
                await rig.settle()
                if before is not None:
                    _check_draft(before, rig)
                await self._run(queue, hands, rig)
                if rig.running:
                    await hands.still_answers()
            before = rig.typed

    async def _run(self, queue: list[Numbered], hands: Hands, rig: Rig) -> None:
        """Until this run ends, or the steps do."""
        while queue and rig.running:
            self.number, step = queue.pop()
            await hands.do(step)
            rig.check()
            if step.what == "close":
                break


async def play(todo: Sequence[Numbered], seed: int, home: Path) -> Found | None:
    """Do these steps; what broke, if anything did."""
    player = Player()
    task = asyncio.create_task(player.play(todo, seed, home))
    await asyncio.wait({task})
    error = task.exception()
    return Found(player.number, error) if error else None


def _check_draft(typed: str, rig: Rig) -> None:
    """What was left unsent is in the prompt."""
    prompt = rig.app.chat.prompt
    there, folded = prompt.text, prompt.pastes.text(prompt.text.strip().removeprefix("@"))
    wanted = _read(typed if typed.strip() else "")
    if wanted not in (_read(there), _read(folded or "")):
        raise Broken(f"typed and lost: {typed[:200]!r}; there is {there[:200]!r}")


def _read(text: str) -> list[str]:
    """Its lines as they come back from a file."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").splitlines()


def trial(todo: Sequence[Numbered], seed: int) -> Found | None:
    """`play` in folders of its own, that no other trial has touched."""
    with tempfile.TemporaryDirectory() as folder:
        home, here = Path(folder), Path.cwd()
        for name in ("work", "user"):
            (home / name).mkdir()
        (home / "work" / "notes.md").write_text("# Notes\nof mine\n")
        os.environ |= {"R1CHAT_HOME": str(home / "r1chat"), "HOME": str(home / "user")}
        os.chdir(home / "work")
        try:
            return asyncio.run(play(todo, seed, home))
        finally:
            os.chdir(here)


def fewer(todo: Sequence[Numbered], seed: int, found: Found) -> list[Numbered]:
    """Fewer steps that still break it in the same way."""
    best = [step for step in todo if step[0] <= found.number]
    size = len(best) // 2
    for _ in range(TRIES):
        if not size:
            break
        for start in range(0, len(best), size):
            less = best[:start] + best[start + size :]
            again = trial(less, seed)
            if again is not None and type(again.error) is type(found.error):
                best = less
                break
        else:
            size //= 2
    return best


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="", help="numbers of steps")
    parser.add_argument("--whole", action="store_true", help="do not look for fewer steps")
    options = parser.parse_args()
    seed = random.randrange(1 << 30) if options.seed is None else options.seed
    numbered = list(enumerate(steps(seed, options.steps)))
    if options.only:
        wanted = {int(number) for number in options.only.split(",")}
        numbered = [step for step in numbered if step[0] in wanted]
    print(f"seed {seed}, {len(numbered)} steps", flush=True)
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "HF_HOME", "HF_TOKEN"):
        os.environ.pop(name, None)
    began = time.monotonic()
    found = trial(numbered, seed)
    if found is None:
        print(f"{len(numbered)} steps in {time.monotonic() - began:.0f} s: nothing broke")
        return 0
    print(f"broke at step {found.number} after {time.monotonic() - began:.0f} s")
    traceback.print_exception(found.error)
    if not options.whole:
        left = fewer(numbered, seed, found)
        print(*(f"{number}: {step}" for number, step in left), sep="\n")
        print(f"--seed {seed} --steps {options.steps} --only {','.join(str(n) for n, _ in left)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
