"""A byte-level BPE of 512 tokens: 256 bytes, merges learned from the teacher's text, R1's special tokens.

Digits are one token each, because llama.cpp's `deepseek-r1-qwen` pretokeniser splits them (the regex below
is that one). The vocabulary is small on purpose: with few merges the letters of a word stay nearly visible
to the model. Text and special tokens never mix: text is encoded by a tokeniser that knows no special token
at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
USER, ASSISTANT = "<｜User｜>", "<｜Assistant｜>"
THINK, END_THINK = "<think>", "</think>"
SPECIALS = (EOS, USER, ASSISTANT, BOS, "<|EOT|>", THINK, END_THINK, "<｜▁pad▁｜>")
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class TinyTokenizer:
    """Encodes text and special tokens separately; ids of the special tokens follow those of the text."""

    def __init__(self, source: Path | Tokenizer) -> None:
        self.text = Tokenizer.from_file(str(source)) if isinstance(source, Path) else source
        self.first_special = self.text.get_vocab_size()
        self.specials = {name: self.first_special + i for i, name in enumerate(SPECIALS)}
        self.names = {number: name for name, number in self.specials.items()}
        self.size = self.first_special + len(SPECIALS)
        self.bos, self.eos, self.pad = self.specials[BOS], self.specials[EOS], self.specials[SPECIALS[-1]]
        self.end_think = self.specials[END_THINK]
        self.encode = lru_cache(maxsize=20000)(self._encode)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self.text.encode(text, add_special_tokens=False).ids)

    def pieces(self, parts: Iterable[tuple[str, bool]]) -> list[int]:
        """Ids of (text, is_markup) parts, each encoded by itself."""
        ids: list[int] = []
        for text, markup in parts:
            ids += [self.specials[text]] if markup else self.encode(text)
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the ids, special tokens spelled out."""
        out: list[str] = []
        run: list[int] = []
        for number in ids:
            if number >= self.first_special:
                out += [self.text.decode(run, skip_special_tokens=False), self.names[number]]
                run = []
            else:
                run.append(number)
        return "".join([*out, self.text.decode(run, skip_special_tokens=False)])

    def vocabulary(self) -> tuple[list[str], list[str]]:
        """Token strings in order of id (text first, then the special ones) and merges as "a b"."""
        held = json.loads(self.text.to_str())["model"]
        tokens = [token for token, _ in sorted(held["vocab"].items(), key=lambda item: item[1])]
        merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in held["merges"]]
        return [*tokens, *SPECIALS], merges


def _around(bpe: Tokenizer) -> Tokenizer:
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    return bpe


def from_lists(tokens: Sequence[str], merges: Sequence[str]) -> TinyTokenizer:
    """The tokeniser of a GGUF's lists; `tokens` without the special ones."""
    vocab = {token: i for i, token in enumerate(tokens)}
    pairs = [(left, right) for left, right in (merge.split(" ") for merge in merges)]
    return TinyTokenizer(_around(Tokenizer(models.BPE(vocab=vocab, merges=pairs))))


def train(texts: Iterable[str], path: Path, size: int = 512) -> None:
    """Learn the merges from `texts` and write tokenizer.json; `size` counts the special tokens too."""
    bpe = _around(Tokenizer(models.BPE()))
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    bpe.save(str(path))
