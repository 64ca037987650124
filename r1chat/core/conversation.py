"""A conversation: a tree of messages of which one path is active, and how a turn is to be thought."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from r1chat.core.attached import split
from r1chat.core.events import FinishReason, Stats
from r1chat.errors import UsageError

MAX_TEMPERATURE = 5.0
MAX_DRY = 10.0
MAX_DRY_LENGTH = 1000
MAX_XTC_THRESHOLD = 0.5
"""Above it XTC does nothing: two tokens cannot be so likely."""
MAX_SEED = 2**32 - 2
MAX_TOKENS = 2**31 - 1
"""No context holds more; the engine counts in 32 bits."""


class Role(StrEnum):
    """Whose words a message holds."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Status(StrEnum):
    """How far an assistant's message got. A person's message is always complete."""

    PARTIAL = "partial"
    """A draft: being written, or left behind by a crash."""
    COMPLETE = "complete"
    """Ended as it was meant to, or at a limit that `finish_reason` names."""
    CANCELLED = "cancelled"
    """Stopped by the person."""
    ERROR = "error"
    """The engine failed; `error` says how."""


class Mode(StrEnum):
    """How much a turn may think."""

    FULL = "full"
    BUDGET = "budget"
    OFF = "off"


class Thinking(msgspec.Struct, frozen=True):
    """How much a turn may think."""

    mode: Mode = Mode.FULL
    budget: int = 0
    """Tokens of thought at most, in mode `budget`."""
    reserve: int = 512
    """Tokens kept free for the answer when `max_tokens` or the context runs out in mid-thought."""

    def check(self) -> None:
        """Raise UsageError for a number of tokens that cannot be."""
        for name, tokens in (("thinking budget", self.budget), ("reserve for the answer", self.reserve)):
            if not 0 <= tokens <= MAX_TOKENS:
                raise UsageError(f"A {name} of {tokens} tokens cannot be used.", "Give 0 or more.")


class Extras(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Samplers that DeepSeek advises nothing about; all off unless asked for.

    DRY: https://github.com/oobabooga/text-generation-webui/pull/5677; XTC: the same, pull/6335.
    """

    dry: float = 0.0
    """DRY's multiplier: how much less likely is what would make a repetition longer; 0 is off."""
    dry_length: int = 2
    """Tokens that may repeat before DRY counts it."""
    xtc: float = 0.0
    """XTC's probability of leaving out the likeliest tokens, so that an unusual one is drawn; 0 is off."""
    xtc_threshold: float = 0.1
    """XTC leaves out all but the last of the tokens that are at least so likely."""

    def check(self) -> None:
        """Raise UsageError for what cannot be drawn with."""
        if not 0 <= self.dry <= MAX_DRY:
            hint = f"Give one from 0 to {MAX_DRY:g}; 0 is off."
            raise UsageError(f"A DRY multiplier of {self.dry} cannot be used.", hint)
        if not 1 <= self.dry_length <= MAX_DRY_LENGTH:
            hint = f"Give one from 1 to {MAX_DRY_LENGTH:,}."
            raise UsageError(f"A DRY length of {self.dry_length} tokens cannot be used.", hint)
        if not 0 <= self.xtc <= 1:
            raise UsageError(f"An XTC probability of {self.xtc} cannot be used.", "Give one from 0 to 1.")
        if not 0 <= self.xtc_threshold <= MAX_XTC_THRESHOLD:
            hint = f"Give one from 0 to {MAX_XTC_THRESHOLD:g}."
            raise UsageError(f"An XTC threshold of {self.xtc_threshold} cannot be used.", hint)


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How the next token is drawn. The defaults are DeepSeek's advice for R1 and its distills."""

    temperature: float = 0.6
    """0 is greedy."""
    top_p: float = 0.95
    min_p: float = 0.0
    """Tokens less likely than this share of the likeliest one's probability are never drawn; 0 is off."""
    extras: Extras = Extras()
    seed: int
    """0 … 2**32-2; drawn by the session and kept with the message, so that a turn can be drawn again."""

    def check(self) -> None:
        """Raise UsageError for what cannot be drawn with: out of range, infinite or not a number."""
        if not 0 <= self.temperature <= MAX_TEMPERATURE:  # not a number is in no range
            hint = f"Give one from 0 to {MAX_TEMPERATURE:g}."
            raise UsageError(f"A temperature of {self.temperature} cannot be used.", hint)
        if not 0 < self.top_p <= 1:
            raise UsageError(f"A top-p of {self.top_p} cannot be used.", "Give one above 0, up to 1.")
        if not 0 <= self.min_p <= 1:
            raise UsageError(f"A min-p of {self.min_p} cannot be used.", "Give one from 0 to 1; 0 is off.")
        self.extras.check()
        if not 0 <= self.seed <= MAX_SEED:
            raise UsageError(f"The seed {self.seed} cannot be used.", f"Give one from 0 to {MAX_SEED}.")


class Origin(StrEnum):
    """How a message came to be a sibling of another one."""

    EDIT = "edit"
    """A question in other words."""
    REGENERATE = "regenerate"
    """Another answer to the same question."""
    FORK = "fork"
    """It begins with the first tokens of another reply."""
    CONTINUE = "continue"
    """It begins with all of an unfinished reply."""
    THINK_MORE = "think more"
    """It begins with another reply's thought, opened again."""
    INJECT = "inject"
    """It begins with the first tokens of another reply and words of the person's."""


class Injection(msgspec.Struct, frozen=True):
    """Words that a person put into a thought."""

    at: int
    """Tokens of the reply before them."""
    text: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the tree."""

    id: str
    chat_id: str
    parent_id: str | None
    """None for the first message of a branch at the root."""
    role: Role
    text: str = ""
    """A question, or an answer without its thought."""
    thinking: str = ""
    """The thought, without `<think>` and `</think>`."""
    thinking_closed: bool = False
    """`</think>` was reached (also when thinking was off)."""
    tokens: tuple[int, ...] = ()
    """Ids of all that was generated, thought and answer, in order, as of the model in `fingerprint`."""
    status: Status = Status.COMPLETE
    finish_reason: FinishReason | None = None
    error: str = ""
    """For status `error`: the sentence that was shown."""
    model: str = ""
    """Name under which the model was asked for, such as `tiny`."""
    fingerprint: str = ""
    """What the token ids belong to: the model file's own fingerprint."""
    sampling: Sampling | None = None
    thinking_mode: Thinking | None = None
    stats: Stats | None = None
    thinking_s: float = 0.0
    """Seconds from the first token of the thought to its end."""
    created_at: float = 0.0
    """Unix time, seconds."""
    origin: Origin | None = None
    """Where it came from, for a sibling that was not simply asked or answered first."""
    forked_from: str | None = None
    """Id of the message that it left; that one may be deleted by now."""
    forked_at: int | None = None
    """Tokens that it has in common with that message."""
    injected: tuple[Injection, ...] = ()
    """Words that a person put into its thought, in order."""
    elsewhere: bool = False
    """Another running r1chat is writing it just now. Not stored: seen when it was read."""


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation's head: what a list of chats shows."""

    id: str
    title: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0
    active_leaf: str | None = None
    """Id of the last message of the branch a person looks at."""
    model: str = ""
    """Model of the last turn."""
    messages: int = 0
    """How many messages the tree has, all branches together."""
    pinned: bool = False
    """It stands before the others."""
    archived: bool = False
    """It is kept, but not listed among the others."""
    tags: tuple[str, ...] = ()
    """In alphabetical order."""


class Place(msgspec.Struct, frozen=True):
    """Which of the alternatives at one place of the tree a message is."""

    number: int
    """From 1 on, the oldest first."""
    count: int


class Conversation(msgspec.Struct, frozen=True):
    """A chat and its whole tree."""

    chat: Chat
    messages: tuple[Message, ...]
    """Every message, oldest first."""

    def path(self, leaf: str | None = None) -> tuple[Message, ...]:
        """Messages from the root to `leaf` (default: the active leaf), in order of speaking."""
        by_id = {message.id: message for message in self.messages}
        node = by_id.pop(leaf or self.chat.active_leaf or "", None)
        branch: list[Message] = []
        while node is not None:
            branch.append(node)
            # popped: even a damaged store, where a message is its own ancestor, has an end
            node = by_id.pop(node.parent_id, None) if node.parent_id else None
        return tuple(reversed(branch))

    def siblings(self, message: Message) -> tuple[Message, ...]:
        """The alternatives at this place of the tree, `message` itself included, oldest first."""
        return tuple(
            other
            for other in self.messages
            if other.parent_id == message.parent_id and other.role == message.role
        )

    def places(self) -> dict[str, Place]:
        """For the id of every message that has alternatives, which of them it is."""
        groups: dict[tuple[str | None, Role], list[str]] = {}
        for message in self.messages:
            groups.setdefault((message.parent_id, message.role), []).append(message.id)
        return {
            message_id: Place(number, len(group))
            for group in groups.values()
            if len(group) > 1
            for number, message_id in enumerate(group, 1)
        }


def title_of(text: str, limit: int = 60) -> str:
    """A title from the first line of a question: whole words, at most `limit` characters.

    A question that is nothing but files is called by their names.
    """
    files, words = split(text)
    words = words if words.strip() else ", ".join(file.name for file in files)
    line = next((row.strip() for row in words.splitlines() if row.strip()), "")
    line = " ".join(line.split())
    if len(line) <= limit:
        return line
    cut = line[:limit]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:") + "…"


def newest_leaf(messages: Sequence[Message], root: str | None = None) -> str | None:
    """Id of the youngest message below `root` that has no children (of the whole tree when None).

    `messages` are oldest first; their order tells their age, since a clock may stand still or be set back.
    """
    children: dict[str | None, list[str]] = {}
    for message in messages:
        children.setdefault(message.parent_id, []).append(message.id)
    below = {root}
    stack = [root]
    while stack:
        fresh = [child for child in children.get(stack.pop(), ()) if child not in below]
        below.update(fresh)
        stack += fresh
    leaves = (
        message.id for message in reversed(messages) if message.id in below and message.id not in children
    )
    return next(leaves, root)
