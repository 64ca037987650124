"""Which tokens the KV cache holds, in which sequences, and how a prompt gets into it."""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from r1chat.engine.worker.batch import Row
from r1chat.engine.worker.capi import Aborted, AbortFlag, Context, KvFull
from r1chat.engine.worker.multiples import Multiples
from r1chat.engine.worker.pace import Pace
from r1chat.engine.worker.threads import Threads

KEPT_FRACTION = 2
"""Branches that nobody is on may hold one cell in so many; decoding looks at every cell in use."""
WORTH_KEEPING = 8
"""Tokens that a branch must have of its own to be kept rather than cut."""
MEASURABLE = 16
"""Tokens of a chunk whose time tells how fast prompts are read."""


class Branch:
    """One sequence: the ids behind its cells."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.ids: list[int] = []
        self.ahead: deque[int] = deque()
        """Guesses in the cells behind those of `ids`; `cut` takes them back, whatever length it is given."""
        self.chat = ""
        """Key of the chat that it belongs to; empty: of none that is kept."""
        self.since = 0.0
        """Unix time at which a prompt last said what it holds."""
        self.used = 0
        """When it was used last; 0 is free."""


class KvCache:
    """Branches of conversations in one context, so that a prompt re-reads only what none of them holds.

    Sequences are shared cells: a branch that leaves another costs nothing until it has tokens of its own.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.branches = tuple(Branch(sequence) for sequence in range(context.n_seq))
        self.restorer: Callable[[Branch, Sequence[int]], None] | None = None
        """Lengthens a branch by what was saved of a prompt."""
        self.threads: Threads | None = None
        """Watches how long a token takes, where that may change the number of threads."""
        self.pace = Pace()
        self.multiples: Callable[[], Multiples] = Multiples
        """What batches of several branches cost; called before the first of them."""
        self._clock = 0

    def begin(self, prompt: Sequence[int], chat: str = "", since: float = 0.0) -> Branch:
        """The branch with the longest common prefix with `prompt`, cut to it (its length: `len(ids)`).

        The last token of the prompt is always left to decode, since sampling needs its logits. What is cut
        off stays as a branch of its own where it is worth it and there is room. What was saved of the prompt
        is in it. From then on it belongs to `chat`; `since` is the Unix time at which its prompt was given.
        """
        limit = len(prompt) - 1
        common, best = max(
            ((_common(branch.ids, prompt, limit), branch) for branch in self.branches),
            key=lambda pair: (pair[0], pair[1].used),
        )
        own = len(best.ids) - common
        if own > WORTH_KEEPING and self._held() <= self.context.n_ctx // KEPT_FRACTION:
            best = self.fork(best)
        self.cut(best, common)
        self._touch(best)
        if self.restorer is not None:
            self.restorer(best, prompt)
        best.chat, best.since = chat, since
        return best

    def fork(self, branch: Branch) -> Branch:
        """Another branch with the same tokens, in the place of the one used longest ago."""
        self._touch(branch)
        self.cut(branch, len(branch.ids))
        other = min(self.branches, key=lambda candidate: candidate.used)
        self.context.copy(branch.sequence, other.sequence)
        other.ids, other.chat, other.since = list(branch.ids), branch.chat, branch.since
        self._touch(other)
        return other

    def cut(self, branch: Branch, length: int) -> None:
        """Forget all but the first `length` tokens of a branch."""
        if branch.ahead or length < len(branch.ids):
            branch.ahead.clear()
            self.context.truncate(branch.sequence, length)
            del branch.ids[length:]

    def drop(self, branch: Branch) -> None:
        """Forget a branch; cells that no other shares are free again."""
        self.cut(branch, 0)
        branch.chat, branch.used = "", 0

    def prefill(
        self, branch: Branch, prompt: Sequence[int], progress: Callable[[int], None], abort: AbortFlag
    ) -> None:
        """Decode what is missing of `prompt` in chunks; `progress(tokens of the branch)` after each.

        Raises Aborted (between chunks too, since only the CPU looks at the flag inside one) and KvFull; whole
        chunks that were read stay.
        """
        while len(branch.ids) < len(prompt):
            if abort:
                raise Aborted
            start = len(branch.ids)
            chunk = prompt[start : start + self.context.n_batch]
            run = partial(self.context.decode_run, chunk, start, branch.sequence)
            begun = time.monotonic()
            self._with_room(run, (branch,))
            if len(chunk) >= MEASURABLE:
                self.pace.prefill.add(len(chunk), time.monotonic() - begun)
            branch.ids += chunk
            progress(len(branch.ids))

    def seconds_to_read(self, prompt: Sequence[int]) -> float:
        """How long it would take to decode what is missing of `prompt`; 0 where that was never measured."""
        held = max(_common(branch.ids, prompt, len(prompt)) for branch in self.branches)
        return (len(prompt) - held) / (self.pace.prefill.value or math.inf)

    def step(self, tokens: Sequence[int], branches: Sequence[Branch], fillers: int = 0) -> None:
        """One token for each branch in one batch; row `i` of it can be sampled for `branches[i]`.

        `fillers` rows that nobody needs go with them. Raises Aborted, KvFull.
        """
        rows = [Row(t, len(b.ids), b.sequence, True) for t, b in zip(tokens, branches, strict=True)]
        try:
            self.decode(rows, branches, fillers)
        except KvFull:
            if not fillers:
                raise
            self.decode(rows, branches)
        for token, branch in zip(tokens, branches, strict=True):
            branch.ids.append(token)

    def step_one(self, token: int, branch: Branch) -> None:
        """`step` for one branch, at the least cost."""
        ids, threads = branch.ids, self.threads
        begun = time.perf_counter() if threads is not None else 0.0
        try:
            self.context.decode_one(token, len(ids), branch.sequence)
        except KvFull:
            self.step((token,), (branch,))
        else:
            ids.append(token)
            if threads is not None:
                threads.tell(time.perf_counter() - begun)

    def step_ahead(self, token: int, guesses: Sequence[int], branch: Branch) -> None:
        """`step_one`, and in the same batch what may follow, as the branch's `ahead`; rows in that order.

        Raises Aborted, and KvFull where they find no room as things are: no other branch is given up.
        """
        start = len(branch.ids)
        self.context.decode(
            [Row(t, start + i, branch.sequence, True) for i, t in enumerate((token, *guesses))]
        )
        branch.ids.append(token)
        branch.ahead.extend(guesses)

    def decode(self, rows: Sequence[Row], running: Sequence[Branch], fillers: int = 0) -> None:
        """Decode, giving up branches that nobody runs, the oldest first, when the cells run out."""
        self._with_room(partial(self.context.decode, rows, fillers), running)

    def _with_room(self, decode: Callable[[], None], running: Sequence[Branch]) -> None:
        while True:
            try:
                return decode()
            except KvFull:
                if not self.drop_oldest(running):
                    raise

    def drop_oldest(self, running: Sequence[Branch]) -> bool:
        """Forget the branch used longest ago that nobody runs; False where there is none."""
        idle = [branch for branch in self.branches if branch.used and branch not in running]
        if idle:
            self.drop(min(idle, key=lambda branch: branch.used))
        return bool(idle)

    def has_room(self, tokens: int) -> bool:
        """There are certainly so many free cells."""
        return self._held() + tokens <= self.context.n_ctx

    def _touch(self, branch: Branch) -> None:
        self._clock += 1
        branch.used = self._clock

    def _held(self) -> int:
        """Cells in use at most: shared ones are counted once for each branch."""
        return sum(len(branch.ids) for branch in self.branches)


def _common(ids: Sequence[int], prompt: Sequence[int], limit: int) -> int:
    limit = min(len(ids), limit)
    if ids[:limit] == prompt[:limit]:
        return limit
    return next(i for i in range(limit) if ids[i] != prompt[i])
