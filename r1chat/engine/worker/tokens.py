"""Pieces of a prompt to token ids, such that text can never become a control token."""

import contextlib
import re
from collections.abc import Iterable, Sequence

from r1chat.core.prompt import Markup, Piece, Prefix, Text, prefix_pieces
from r1chat.engine.base import ModelLoadError
from r1chat.engine.worker.capi import Model

_SAMPLE = """The total of both columns differs by three, so one of the entries was counted twice. Look at the
file that was written last, and compare its header with what the reader expects.

def total(rows: list[tuple[str, int]]) -> int:
    return sum(count for name, count in rows if not name.startswith("#"))

{"name": "first", "values": [12, 0.75, 1024], "enabled": true}
"""
"""English, code and data in about the shares that people attach."""


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
        self._pieces: dict[int, bytes] = {}
        self.texts: list[str | None] = [None] * model.n_vocab
        """The words of a token that is no markup and stands for whole characters, once `piece` was asked."""
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

    def characters_per_token(self) -> float:
        """What a token of plain English and code holds on average."""
        return len(_SAMPLE) / max(1, len(self.text(_SAMPLE)))

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
        """Ids of an assistant prefix: those it was generated with as far as they spell its words.

        So a thought that was cut, edited or added to keeps the KV cache of all that came before the change.
        """
        known = self._plain(prefix.tokens)
        if prefix.thoughtless:
            return self._like(prefix.answer, known)
        thought = self._like(prefix.thinking, known)
        if not prefix.closed:
            return thought
        answer = prefix.tokens[len(known) :]
        if thought != known or answer[:1] != (self.end_think,):
            return thought + self.encode(prefix_pieces(prefix)[1:])
        said = self._plain(answer[1:])
        spelt = b"".join(map(self.piece, said)).decode(errors="replace")
        blank = "\n" * (len(spelt) - len(spelt.lstrip("\n")))
        return [*thought, self.end_think, *self._like(blank + prefix.answer, said)]

    def piece(self, token: int) -> bytes:
        """Bytes of a generated token. `</think>` and `<think>` are the splitter's business."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._model.piece(token)
            if token not in self.ids.values():
                with contextlib.suppress(UnicodeDecodeError):
                    self.texts[token] = known.decode()
        return known

    def _cuts(self, text: str) -> Iterable[int]:
        if self._literals is None:
            return
        at = 0
        while found := self._literals.search(text, at):
            at = found.start() + 1
            yield at

    def _plain(self, tokens: Sequence[int]) -> list[int]:
        """The ids up to the first that is a control token or of another vocabulary."""
        special = {*self.ids.values(), *self.stop}
        end = next(
            (i for i, t in enumerate(tokens) if t in special or not 0 <= t < self._model.n_vocab), None
        )
        return list(tokens[:end])

    def _like(self, text: str, known: Sequence[int]) -> list[int]:
        """Ids of `text` that begin with as many of `known` as spell its beginning in whole characters."""
        if known and b"".join(map(self.piece, known)).decode(errors="replace") == text:
            return list(known)  # also where it was cut inside a character
        data = text.encode("utf-8", errors="replace")
        at = good = length = 0
        for index, token in enumerate(known):
            piece = self.piece(token)
            if not piece or not data.startswith(piece, at):
                break
            at += len(piece)
            if at == len(data) or data[at] & 0xC0 != 0x80:  # the next byte begins a character
                good, length = index + 1, at
        return [*known[:good], *self.text(data[length:].decode("utf-8"))]

    def _control(self, markup: Markup) -> int:
        ids = self._model.tokenize(markup, special=True)
        if len(ids) != 1 or self._model.token_text(ids[0]) != markup:
            raise ModelLoadError(
                f"This model does not know R1's token {markup}, so it cannot think in R1's format.",
                "Use a DeepSeek-R1 distill.",
            )
        return ids[0]
