"""Which tokens the KV cache holds, and how a prompt gets into it."""

from collections.abc import Callable, Sequence

from r1chat.engine.worker.capi import Context


class KvCache:
    """The ids behind the cells of a context, so that a prompt re-reads only what differs."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ids: list[int] = []

    def reuse(self, prompt: Sequence[int]) -> int:
        """Keep the longest common prefix with `prompt` and drop the rest; returns its length.

        The last token of the prompt is always left to decode, since sampling needs its logits.
        """
        limit = min(len(self.ids), len(prompt) - 1)
        common = next((i for i in range(limit) if self.ids[i] != prompt[i]), limit)
        self.context.truncate(common)
        del self.ids[self.context.n_past :]
        return self.context.n_past

    def prefill(self, prompt: Sequence[int], progress: Callable[[int], None]) -> None:
        """Decode what is missing of `prompt` in chunks; `progress(tokens in the cache)` after each.

        Raises Aborted, KvFull; whole chunks that were read stay.
        """
        while len(self.ids) < len(prompt):
            self.add(prompt[len(self.ids) : len(self.ids) + self.context.n_batch])
            progress(len(self.ids))

    def add(self, tokens: Sequence[int]) -> None:
        """Decode at most one batch of tokens at the end. Raises Aborted, KvFull."""
        self.context.decode(tokens)
        self.ids += tokens
