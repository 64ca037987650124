"""What the status line has to say. Knows no widget."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

from r1chat.core.conversation import Conversation, Message, Origin, Role, Thinking
from r1chat.core.events import (
    AnswerDelta,
    Done,
    Event,
    Loading,
    Prefill,
    Resumed,
    Rewound,
    Shortened,
    ThinkingDelta,
)
from r1chat.core.ledger import answer_reserve
from r1chat.engine.base import ModelInfo
from r1chat.tui.attaching import CHARACTERS
from r1chat.tui.drawing import Drawing
from r1chat.tui.speedometer import Speedometer
from r1chat.tui.wording import percent, thinking_mode, tokens_per_second

_ASKED = {None, Origin.EDIT, Origin.REGENERATE, Origin.CONTINUE}
"""How replies came to be that were thought as the mode said."""
PRIVATE = "private: nothing is kept"
_PRIVATE_BRIEF = "private"
_SERVED = 40
"""Characters of what a server calls its model."""
_LEDGER = 3
"""Its place among the parts of the line."""


class Phase(StrEnum):
    """What the engine does now."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    IDLE = "idle"
    READING = "reading"
    THINKING = "thinking"
    ANSWERING = "answering"


@dataclass
class Situation:
    """Facts that change while the program runs."""

    model: str = ""
    """The name by which a person asked for the model; empty: the name of its file, once that is known."""
    thinking: Thinking = field(default_factory=Thinking)
    """How the next turns are to think."""
    drawing: Drawing = field(default_factory=Drawing)
    """How the open chat draws its tokens."""
    private: bool = False
    """Nothing of this session is written."""
    fetching: Callable[[], str] = str
    """How downloads stand, in a word; by default nothing."""
    info: ModelInfo | None = None
    phase: Phase = Phase.UNLOADED
    fraction: float = 0.0
    """How far loading or reading is, 0 … 1."""
    used: int = 0
    """Tokens of the context that the last turn held."""
    thought: int = 0
    """Tokens of the thought that runs, or ran last."""
    start: Thinking | None = None
    """How a new chat thinks; by default as the first one."""
    _chosen: dict[str | None, Thinking] = field(default_factory=dict)
    """Modes that were chosen for chats and not used yet, by the chat's id; None is the new one."""
    _speed: str = ""
    """Of a turn that is over."""
    _meter: Speedometer = field(default_factory=Speedometer)

    @property
    def speed(self) -> str:
        """Of decoding, in words."""
        return self._speed or self._meter.speed

    def __post_init__(self) -> None:
        self.start = self.start or self.thinking

    def begin(self, chat_id: str) -> None:
        """A turn of that chat begins; it may still wait for the model."""
        for used in (None, chat_id):  # from now on the chat's last reply tells its mode
            self._chosen.pop(used, None)
        self._meter, self._speed, self.thought = Speedometer(), "", 0
        if self.phase is Phase.IDLE:
            self.phase, self.fraction = Phase.READING, 0.0

    def observe(self, event: Event, now: float) -> None:
        """Take an event of the running turn; `now` in seconds on a clock that never jumps."""
        match event:
            case Loading(fraction=fraction):
                self.phase, self.fraction = Phase.LOADING, fraction
            case Prefill(done=done, total=total):
                self.phase, self.fraction = Phase.READING, done / total if total else 1.0
                self.used = total
            case ThinkingDelta(tokens=tokens):
                self.phase = Phase.THINKING
                self.thought += len(tokens)
                self._count(len(tokens), now)
            case AnswerDelta(tokens=tokens):
                self.phase = Phase.ANSWERING
                self._count(len(tokens), now)
            case Rewound(tokens=tokens):
                self.used -= tokens
            case Shortened() | Resumed() | Done():
                pass

    def end(self, message: Message | None, info: ModelInfo | None) -> None:
        """The turn is over; `info` is the model that is loaded now."""
        self.phase = Phase.IDLE
        self.loaded(info)
        if message is not None:
            self._recall(message)

    def loaded(self, info: ModelInfo | None) -> None:
        """A load is over, one way or the other; a turn may be running by now."""
        self.info = info
        if info and not self.model:
            self.model = PurePath(info.path).stem
        if self.phase in {Phase.LOADING, Phase.UNLOADED} or info is None:
            self.phase = Phase.IDLE if info else Phase.UNLOADED

    def recall(self, conversation: Conversation | None) -> None:
        """Take the figures of a reopened chat's last reply."""
        self.used, self._speed, self._meter = 0, "", Speedometer()
        for message in conversation.path() if conversation else ():
            if message.role is Role.ASSISTANT:
                self._recall(message)

    def measure(self) -> tuple[int, float]:
        """Tokens of the context, 0 where no model is loaded, and how many ASCII characters a token holds."""
        return (self.info.n_ctx, self.info.characters_per_token) if self.info else (0, CHARACTERS)

    def choose_mode(self, mode: Thinking, chat_id: str | None) -> None:
        """Think so in the open chat from the next turn on."""
        self.thinking = self._chosen[chat_id] = mode

    def recall_mode(self, conversation: Conversation | None) -> None:
        """Think on as was chosen for a chat, else as its last turn was asked to; a fork's mode is its own."""
        self.thinking = self.start or self.thinking
        for message in conversation.path() if conversation else ():
            if message.thinking_mode is not None and message.origin in _ASKED:
                self.thinking = message.thinking_mode
        self.thinking = self._chosen.get(conversation.chat.id if conversation else None, self.thinking)

    def facts(self) -> tuple[str, ...]:
        """The parts of the line, in order."""
        return _said(self._parts(self._context()))

    def shorter(self) -> tuple[tuple[str, ...], ...]:
        """The same in less and less room: the last parts go first, then words, then the thinking mode.

        What is free of the context goes last, and only the last one is without it.
        """
        parts = self._parts(self._context()), self._parts(self._free())
        forms = [words[:count] for words in parts for count in range(len(words), _LEDGER, -1)]
        brief = [_PRIVATE_BRIEF if self.private else "", self._model(brief=True)]
        *_, (*_, mode, free) = forms
        return tuple(map(_said, (*forms, [*brief, mode, free.replace(" tok", "")], [*brief, free], brief)))

    def _parts(self, context: str) -> list[str]:
        return [
            PRIVATE if self.private else "",
            self._model(),
            "" if self._remote else thinking_mode(self.thinking),
            context,
            self.drawing.fact,
            self.speed,
            self.fetching(),
        ]

    def _count(self, tokens: int, now: float) -> None:
        self._meter.count(tokens, now)
        self.used += tokens

    def _recall(self, message: Message) -> None:
        if stats := message.stats:
            self.used = stats.prompt_tokens + stats.thinking_tokens + stats.answer_tokens
            self._speed = tokens_per_second(stats.thinking_tokens + stats.answer_tokens, stats.decode_s)

    @property
    def _remote(self) -> bool:
        """A server answers, which shares nothing of what it does with the context."""
        return self.info is not None and bool(self.info.host)

    def _model(self, *, brief: bool = False) -> str:
        name = PurePath(self.model).name if self.model.endswith(".gguf") else self.model
        if self.info is not None and self.info.host and self.phase not in {Phase.LOADING, Phase.UNLOADED}:
            served = PurePath(self.info.served).name
            name = "" if brief else served[:_SERVED]
            return " · ".join(filter(None, (name, f"on {self.info.host}")))
        match self.phase:
            case Phase.LOADING:
                return f"loading {name or 'the model'} {percent(self.fraction, 1)}"
            case Phase.UNLOADED:
                return f"{name or 'model'} not loaded"
            case _:
                return f"{name} · {self._device()}" if self.info and not brief else name

    def _device(self) -> str:
        info = self.info
        if info is None or not info.n_gpu_layers:
            return "CPU"
        return f"{info.device}, {info.n_gpu_layers} layers"

    def _context(self) -> str:
        if self.info is None:
            return ""
        if self._remote:
            return self._of_remote(self.info, "{used:,} tok used", ", {free:,} free")
        kept = self._kept(self.info)
        free = max(0, self.info.n_ctx - self.used - kept)
        return f"{self.used:,} tok used, {free:,} free" + (f", {kept:,} kept" if kept else "")

    def _of_remote(self, info: ModelInfo, used: str, free: str) -> str:
        """What a server told of the last reply; nothing while another is made, or where it told nothing."""
        if self.phase is not Phase.IDLE or not self.used:
            return ""
        words = used + (free if info.n_ctx else "")
        return words.format(used=self.used, free=max(0, info.n_ctx - self.used))

    def _free(self) -> str:
        info = self.info
        if info is not None and self._remote:
            return self._of_remote(info, "", "{free:,} tok free")
        return f"{max(0, info.n_ctx - self.used - self._kept(info)):,} tok free" if info else ""

    def _kept(self, info: ModelInfo) -> int:
        return 0 if self.phase is Phase.ANSWERING else answer_reserve(self.thinking, info.n_ctx)


def _said(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, parts))
