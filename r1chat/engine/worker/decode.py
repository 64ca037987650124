"""The decode loop: from a prompt to the end of its replies, all of them in one batch."""

import contextlib
import time
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from r1chat.core.conversation import Mode, Role
from r1chat.core.events import FinishReason, Prefill, Resumed, Shortened, Stats, ThoughtEnd
from r1chat.core.ledger import Claim, Refusal, claim, make_room
from r1chat.core.prompt import Turn, history_pieces, prompt_pieces
from r1chat.engine.base import ROOM_FOR_A_REPLY, ContextFull, GenerateRequest
from r1chat.engine.worker.capi import Aborted, KvFull
from r1chat.engine.worker.drafting import NO_DRAFTS, Drafter, Drafts
from r1chat.engine.worker.kv import Branch, KvCache
from r1chat.engine.worker.multiples import Multiples
from r1chat.engine.worker.pipe import Pipe
from r1chat.engine.worker.sample import Allowance, Back, Sample
from r1chat.engine.worker.sampler import Sampler
from r1chat.engine.worker.tokens import Tokens

LAST_ROW = -1
"""The last row of a batch whose logits were wanted, in llama.cpp's count."""


class Generation:
    """One request while it runs. `run` streams it to the pipe."""

    def __init__(
        self, request: GenerateRequest, tokens: Tokens, kv: KvCache, pipe: Pipe, drafter: Drafter = NO_DRAFTS
    ) -> None:
        self._request, self._tokens, self._kv, self._pipe = request, tokens, kv, pipe
        self._drafter = drafter if request.drafts else NO_DRAFTS
        self._drafts: Drafts | None = None
        self._begun = time.monotonic()
        self.since = time.time()
        """Unix time of the request: what it was given may be deleted after."""
        self._multiples = Multiples()
        self._samples: list[Sample] = []
        self._stats = Stats()
        self._turns = request.turns
        self._prefix: list[int] = []
        self.anchor: list[int] = []
        """The ids that the next prompt will begin with, where the reply was one and came to its end."""

    def run(self) -> None:
        """Stream the replies, each with its `Done`. Raises ContextFull."""
        prompt, reserved = self._prompt()
        if self._request.samples > 1:
            with contextlib.suppress(Aborted, KvFull):
                self._multiples = self._kv.multiples()
        branch = self._kv.begin(prompt, self._request.chat, self.since)
        cancelled = self._prefill(branch, prompt)
        self._samples = self._fan_out(branch, self._allowance(len(prompt), reserved))
        if self._request.samples == 1:
            self._drafts = Drafts(self._drafter, self._kv, branch, self._tokens.stop)
        if cancelled:
            self._end_all(FinishReason.CANCELLED)
        else:
            self._decode()

    def _prompt(self) -> tuple[list[int], int]:
        """Ids of the prompt, and the tokens that are reserved for the answer. Raises ContextFull.

        Says first what is left out of it, and with which ids the reply begins.
        """
        request, prefix, tokens = self._request, self._request.prefix, self._tokens
        mode = request.thinking.mode
        if prefix is not None:
            self._prefix = tokens.prefix(prefix)
            mode = Mode.OFF if prefix.thoughtless else Mode.FULL
        opening = tokens.encode(prompt_pieces((), mode)) + self._prefix
        floor = ROOM_FOR_A_REPLY * request.samples
        n_ctx = self._kv.context.n_ctx
        wanted = claim(n_ctx, len(opening), request.thinking, prefix, request.max_tokens, floor)
        history = tokens.encode(history_pieces(request.turns))
        if len(history) - 1 + len(opening) + wanted.least > n_ctx:
            history = self._shorten(wanted)
        if prefix is not None:
            self._pipe.send(Resumed(tuple(self._prefix)))
        return history + opening[1:], wanted.reserve

    def _shorten(self, wanted: Claim) -> list[int]:
        """Ids of as much of the conversation as fits. Raises ContextFull."""
        tokens = self._tokens

        def count(turns: Sequence[Turn]) -> int:
            return len(tokens.encode(history_pieces(turns))) - 1  # the first is the mark of a beginning

        found = make_room(self._turns, count, wanted, self._request.overflow)
        if isinstance(found, Refusal):
            raise ContextFull(found.message, found.hint)
        self._turns = found.turns
        if found.left_out:
            self._pipe.send(Shortened(found.left_out))
        return tokens.encode(history_pieces(found.turns))

    def _allowance(self, prompt: int, reserved: int) -> Allowance:
        room, limit = self._kv.context.n_ctx - prompt, self._request.max_tokens
        if limit is not None and limit <= room:
            return Allowance(limit, 0, ThoughtEnd.LENGTH)
        return Allowance(room, reserved, ThoughtEnd.CONTEXT)

    def _prefill(self, branch: Branch, prompt: list[int]) -> bool:
        """Read what is missing of the prompt; True when it was stopped."""
        cached, total = len(branch.ids), len(prompt)
        self._pipe.send(Prefill(cached, total, cached))
        stopped = False
        try:
            self._kv.prefill(
                branch, prompt, lambda done: self._pipe.send(Prefill(done, total, cached)), self._pipe.abort
            )
        except Aborted:
            stopped = True
        prefill_s = time.monotonic() - self._begun
        self._stats = Stats(prompt_tokens=total, cached_tokens=cached, prefill_s=prefill_s)
        return stopped

    def _fan_out(self, branch: Branch, allowance: Allowance) -> list[Sample]:
        """A sample on each branch; they share the prompt's cells."""
        count = self._request.samples
        branches = [branch, *(self._kv.fork(branch) for _ in range(count - 1))]
        samplers = partial(Sampler, self._kv.context)
        sample = partial(
            Sample, self._request, self._tokens, self._pipe, prefix=self._prefix, allowance=allowance
        )
        return [sample(index, samplers, own) for index, own in enumerate(branches)]

    def _decode(self) -> None:
        """Decode and sample until every reply has ended."""
        pipe = self._pipe
        self._hand_out()
        for sample in tuple(self._samples):
            self._draw(sample, LAST_ROW)  # at first all go on from the prompt's last logits
        with contextlib.suppress(Aborted):
            while self._samples and not pipe.stopped:
                if len(self._samples) == 1:
                    self._alone(self._samples[0])
                else:
                    self._round()
        for sample in self._samples:
            sample.take()  # what was drawn is said, though it is not in the cache
        self._end_all(FinishReason.CANCELLED)

    def _hand_out(self) -> None:
        """Pass on what was asked for in mid-thought."""
        while self._pipe.commands:
            command = self._pipe.commands.popleft()
            for sample in self._samples:
                sample.commands.append(command)

    def _alone(self, sample: Sample) -> None:
        """The only sample, up to its end or Stop. Raises Aborted."""
        pipe, kv, branch, drafts = self._pipe, self._kv, sample.branch, self._drafts
        row, known = LAST_ROW, sample.known
        if kv.threads is not None:
            kv.threads.begin()
        while not pipe.stopped:
            try:
                if drafts is None:
                    kv.step_one(sample.token, branch)
                else:
                    row = drafts.step(sample.token, known)
            except KvFull:
                return self._end_full(sample)
            if end := sample.take():
                if not isinstance(end, Back):
                    return self._end(sample, end)
                kv.cut(branch, end.length)
            if pipe.commands:
                self._hand_out()
            if not sample.draw(row):
                return self._end(sample, FinishReason.STOP)
        return None

    def _round(self) -> None:
        """One token of every sample, in the batches that this machine likes. Raises Aborted."""
        left = list(self._samples)
        for size, fillers in self._multiples.groups(len(left)):
            batch, left = left[:size], left[size:]
            self._step(batch, fillers)

    def _step(self, batch: list[Sample], fillers: int) -> None:
        """Decode one token of each sample, stream it and draw the next, while its logits are there.

        Where the cells run out, the sample that holds most ends. Raises Aborted.
        """
        while batch:
            try:
                tokens, branches = [s.token for s in batch], [s.branch for s in batch]
                self._kv.step(tokens, branches, fillers)
                break
            except KvFull:
                largest = max(batch, key=lambda sample: len(sample.branch.ids))
                batch.remove(largest)
                self._end_full(largest)
        self._hand_out()
        for row, sample in enumerate(batch):
            end = sample.take()
            if end is not None and not isinstance(end, Back):
                self._end(sample, end)
                continue
            if end is not None:
                self._kv.cut(sample.branch, end.length)
            self._draw(sample, row)

    def _end_full(self, sample: Sample) -> None:
        """The cells ran out before the drawn token was in one; it is said all the same."""
        end = sample.take()
        self._end(sample, end if isinstance(end, FinishReason) else FinishReason.CONTEXT)

    def _draw(self, sample: Sample, row: int) -> None:
        """The sample's next token, or its end."""
        if not sample.draw(row):
            self._end(sample, FinishReason.STOP)

    def _end_all(self, reason: FinishReason) -> None:
        for sample in tuple(self._samples):
            self._end(sample, reason)

    def _end(self, sample: Sample, reason: FinishReason) -> None:
        self._samples.remove(sample)
        stats = self._stats
        if self._drafts is not None:
            self._drafts.settle()
            stats = replace(stats, drafted_tokens=self._drafts.drafted, accepted_tokens=self._drafts.accepted)
        sample.finish(reason, stats, self._begun)
        if self._request.samples > 1:
            self._kv.drop(sample.branch)
        elif reason is FinishReason.STOP:
            said = self._request.prefix.answer if self._request.prefix else ""
            turn = Turn(Role.ASSISTANT, (said + sample.answer).strip("\n"))
            self.anchor = self._tokens.encode(history_pieces((*self._turns, turn)))
