"""Splits a stream of tokens into thought and answer, by token id, one token at a time.

Ids and not text decide, so a thought that merely spells `</think>` stays a thought. Bytes that form no
complete character wait for the next token; bytes that never will become U+FFFD.
"""

import codecs
from enum import StrEnum

import msgspec

from r1chat.core.prompt import Markup


class Channel(StrEnum):
    """Where a token's text belongs."""

    THINKING = "thinking"
    ANSWER = "answer"


class Split(msgspec.Struct, frozen=True):
    """What one token added."""

    channel: Channel
    text: str
    closed: bool = False
    """This token was the `</think>` that ended the thought."""


class ThoughtSplitter:
    """State of one sample: which channel it is in, and the bytes of an unfinished character.

    `think_id` and `end_think_id` are the vocabulary's ids of `<think>` and `</think>`. The start state comes
    from the prompt: the model may never write the opening tag itself.
    """

    def __init__(self, think_id: int, end_think_id: int, *, thinking: bool, text_before: str = "") -> None:
        self._think_id = think_id
        self._end_think_id = end_think_id
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.channel = Channel.THINKING if thinking else Channel.ANSWER
        self._blank = not text_before.strip()
        self.mid_character = False
        """The bytes so far end inside a character."""

    @property
    def answer_begun(self) -> bool:
        """The answer has a word."""
        return self.channel is Channel.ANSWER and not self._blank

    @property
    def steady(self) -> bool:
        """A token of whole characters, neither opener nor closer, would now add just those, and nothing else
        would change: it need not be fed."""
        return not self._blank and not self.mid_character

    def feed(self, token: int, piece: bytes) -> Split:
        """Take one token and the bytes that it stands for."""
        if token == self._end_think_id and self.channel is Channel.THINKING:
            rest = self._finish_character()
            self.channel, self._blank = Channel.ANSWER, True
            return Split(Channel.THINKING, rest, closed=True)
        if self._blank and token in {self._think_id, self._end_think_id}:
            return Split(self.channel, "")  # a second opener or closer: known from R1, means nothing
        if token == self._think_id:
            piece = Markup.THINK.encode()
        elif token == self._end_think_id:
            piece = Markup.END_THINK.encode()
        text = self._visible(self._decoder.decode(piece))
        self.mid_character = bool(self._decoder.getstate()[0])
        return Split(self.channel, text)

    def finish(self) -> Split:
        """End of the stream: what was left of an unfinished character."""
        return Split(self.channel, self._finish_character())

    def _finish_character(self) -> str:
        text = self._visible(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        self.mid_character = False
        return text

    def _visible(self, text: str) -> str:
        if self.channel is Channel.ANSWER and self._blank:
            text = text.lstrip("\n")
        if text.strip():
            self._blank = False
        return text
