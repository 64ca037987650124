"""Pieces of a prompt to token ids, such that text can never become a control token."""

import re
from collections.abc import Iterable, Sequence

from r1chat.core.prompt import Markup, Piece, Prefix, Text, prefix_pieces
from r1chat.engine.base import ModelLoadError
from r1chat.engine.worker.capi import Model


class Tokens:
    """The vocabulary of a loaded model, for R1's prompts. Raises ModelLoadError where it lacks R1's tokens.

    `user_defined` are the vocabulary's USER_DEFINED ids (`</think>` is one). llama.cpp matches those in plain
    text even with special tokens off, so each such literal is cut after its first character.
    """

    def __init__(self, model: Model, user_defined: Iterable[int]) -> None:
        self._model = model
        self.ids = {markup: self._control(markup) for markup in Markup}
        self.think, self.end_think = self.ids[Markup.THINK], self.ids[Markup.END_THINK]
        self.stop = model.end_tokens() | {self.ids[Markup.EOS]}
        literals = sorted(
            (text for t in user_defined if (text := model.token_text(t))), key=len, reverse=True
        )
        self._literals = re.compile("|".join(re.escape(text) for text in literals)) if literals else None

    def encode(self, pieces: Iterable[Piece]) -> list[int]:
        """Ids of a prompt."""
        ids: list[int] = []
        for piece in pieces:
            match piece:
                case Markup():
                    ids.append(self.ids[piece])
                case Text(text):
                    ids += self.text(text)
        return ids

    def text(self, text: str) -> list[int]:
        """Ids of plain text: no control token among them, whatever the text spells."""
        if not text:
            return []
        ids: list[int] = []
        start = 0
        for cut in self._cuts(text):
            ids += self._model.tokenize(text[start:cut], special=False)
            start = cut
        return ids + self._model.tokenize(text[start:], special=False)

    def prefix(self, prefix: Prefix) -> list[int]:
        """Ids of an assistant prefix: those it was generated with, where they spell these very words."""
        return list(prefix.tokens) if self._spells(prefix) else self.encode(prefix_pieces(prefix))

    def piece(self, token: int) -> bytes:
        """Bytes of a generated token. `</think>` and `<think>` are the splitter's business."""
        return self._model.piece(token)

    def _cuts(self, text: str) -> Iterable[int]:
        if self._literals is None:
            return
        at = 0
        while found := self._literals.search(text, at):
            at = found.start() + 1
            yield at

    def _spells(self, prefix: Prefix) -> bool:
        tokens: Sequence[int] = prefix.tokens
        special = {*self.ids.values(), *self.stop}
        if not tokens or not all(0 <= token < self._model.n_vocab for token in tokens):
            return False
        closers = [index for index, token in enumerate(tokens) if token in special]
        if [tokens[index] for index in closers] != ([self.end_think] if prefix.closed else []):
            return False
        end = closers[0] if closers else len(tokens)
        thought, answer = (self._bytes(tokens[:end]), self._bytes(tokens[end + 1 :]))
        return thought == prefix.thinking.encode() and answer.lstrip(b"\n") == prefix.answer.encode()

    def _bytes(self, tokens: Sequence[int]) -> bytes:
        return b"".join(self._model.piece(token) for token in tokens)

    def _control(self, markup: Markup) -> int:
        ids = self._model.tokenize(markup, special=True)
        if len(ids) != 1 or self._model.token_text(ids[0]) != markup:
            raise ModelLoadError(
                f"This model does not know R1's token {markup}, so it cannot think in R1's format.",
                "Use a DeepSeek-R1 distill.",
            )
        return ids[0]
