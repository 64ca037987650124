"""The R1 prompt, as pieces: markup that r1chat writes, and text that it did not.

The engine turns markup into control tokens and text into plain tokens, so that nothing a person typed, a file
held or a model said can become a control token. A model file's own template is not used: the distills share
one format, and files in circulation carry templates that leave `<think>` out or close it at once.
Format: https://huggingface.co/deepseek-ai/DeepSeek-R1-Distill-Qwen-7B (tokenizer_config.json, usage notes).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from r1chat.core.conversation import Message, Mode, Role, Status


class Markup(StrEnum):
    """R1's control tokens, by their text in the vocabulary."""

    BOS = "<｜begin▁of▁sentence｜>"
    EOS = "<｜end▁of▁sentence｜>"
    USER = "<｜User｜>"
    ASSISTANT = "<｜Assistant｜>"
    THINK = "<think>"
    END_THINK = "</think>"


class Text(msgspec.Struct, frozen=True):
    """Words of a person, a file or a model: never markup, whatever they look like."""

    text: str


Piece = Markup | Text

CLOSING = "I should stop here and give the final answer now."
"""The sentence that lands a thought softly. A bare cut scores close to not thinking at all."""


class Turn(msgspec.Struct, frozen=True):
    """One message as the model gets to see it: no thought, no bookkeeping."""

    role: Role
    text: str


class Prefix(msgspec.Struct, frozen=True):
    """What the assistant has said already, to be gone on with from its last character."""

    thinking: str = ""
    answer: str = ""
    closed: bool = False
    """The thought is over; only then may there be an answer."""
    tokens: tuple[int, ...] = ()
    """The ids behind the words, where known. They are used as far as they spell these words."""

    @property
    def thoughtless(self) -> bool:
        """There was no thought before the answer: the prompt is the one with thinking off."""
        return self.closed and not self.thinking.strip("\n")


def turns_of(path: Iterable[Message]) -> tuple[Turn, ...]:
    """The messages of a branch that go to the model, thoughts dropped as R1 was trained to have it.

    A turn that was stopped before its answer leaves no words of the assistant; the questions on both sides of
    it are joined, since R1's format has no empty answers. A question at which the engine failed before it
    made a token is left out of later turns: one too long for the context would make all of them too long.
    """
    turns: list[Turn] = []
    for message in _answerable(tuple(path)):
        text = message.text.strip("\n") if message.role is Role.ASSISTANT else message.text
        if message.role is Role.ASSISTANT and not text.strip():
            continue
        if turns and turns[-1].role is message.role:
            text = turns.pop().text + "\n\n" + text
        turns.append(Turn(message.role, text))
    return tuple(turns)


def _answerable(branch: tuple[Message, ...]) -> tuple[Message, ...]:
    """The branch without questions that only an error answered; the last question is being asked now."""
    refused = {
        number
        for number, (question, reply) in enumerate(pairwise(branch[:-1]))
        if question.role is Role.USER and reply.role is Role.ASSISTANT and _is_mere_error(reply)
    }
    return tuple(message for number, message in enumerate(branch) if number not in refused)


def _is_mere_error(reply: Message) -> bool:
    return reply.status is Status.ERROR and not (reply.thinking or reply.text or reply.tokens)


def prompt_pieces(turns: Sequence[Turn], mode: Mode, prefix: Prefix | None = None) -> tuple[Piece, ...]:
    """The whole prompt, up to the point where the model goes on.

    It ends in an open `<think>` and a newline, in an empty thought when thinking is off, or in `prefix`.
    """
    off = mode is Mode.OFF if prefix is None else prefix.thoughtless
    # the empty thought is one piece of text, since R1's format has one token for its two newlines
    thought = (Text("\n\n"), Markup.END_THINK, Text("\n\n")) if off else (Text("\n"),)
    pieces = (*history_pieces(turns), Markup.ASSISTANT, Markup.THINK, *thought)
    return pieces if prefix is None else (*pieces, *prefix_pieces(prefix))


def history_pieces(turns: Sequence[Turn]) -> tuple[Piece, ...]:
    """The prompt up to the end of the last turn: what the prompts of all later turns begin with."""
    pieces: list[Piece] = [Markup.BOS]
    for turn in turns:
        match turn.role:
            case Role.SYSTEM:
                pieces.append(Text(turn.text))
            case Role.USER:
                pieces += [Markup.USER, Text(turn.text)]
            case Role.ASSISTANT:
                pieces += [Markup.ASSISTANT, Text(turn.text), Markup.EOS]
    return tuple(pieces)


def prefix_pieces(prefix: Prefix) -> tuple[Piece, ...]:
    """An assistant prefix in words: what follows `<think>` and its newline, or the empty thought."""
    if prefix.thoughtless:
        return (Text(prefix.answer),) if prefix.answer else ()
    if not prefix.closed:
        return (Text(prefix.thinking),) if prefix.thinking else ()
    thought = prefix.thinking.rstrip("\n") + "\n"
    opening = (Text(thought), Markup.END_THINK, Text("\n\n"))
    return (*opening, Text(prefix.answer)) if prefix.answer else opening


def closing_words(thought: str) -> str:
    """What is put at the end of a running thought to land it softly, up to `</think>`."""
    return paragraph_break(thought) + CLOSING + "\n"


def injected_words(thought: str, words: str) -> str:
    """Words of a person as a paragraph of the running thought."""
    return paragraph_break(thought or "…") + words.strip() + "\n"


def paragraph_break(thought: str) -> str:
    """The newlines that bring `thought` to the start of a new paragraph."""
    if not thought:
        return ""
    return "\n" * max(0, 2 - (len(thought) - len(thought.rstrip("\n"))))
