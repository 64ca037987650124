"""Messages on the pipe between r1chat and its engine's child process: one JSON object a line.

The parent sends a request and reads until `Finished` or `Failed`; commands may follow at any time. The child
opens with `Hello`.
"""

from enum import StrEnum

import msgspec

from r1chat.core.events import (
    AnswerDelta,
    Done,
    Loading,
    Prefill,
    Resumed,
    Rewound,
    Shortened,
    ThinkingDelta,
)
from r1chat.core.prompt import Turn
from r1chat.engine.base import (
    AnswerNow,
    ContextFull,
    EngineError,
    GenerateRequest,
    Inject,
    LoadCancelled,
    LoadRequest,
    ModelInfo,
    ModelLoadError,
    OutOfMemory,
    Stop,
)

VERSION = 2
"""Raised with every change of these messages; parent and child must agree."""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The child is ready for requests."""

    version: int
    pid: int


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The model is ready."""

    model: ModelInfo


class ProbeRequest(msgspec.Struct, frozen=True, tag=True):
    """Ask what the engine runs on, and how a prompt becomes tokens."""

    turns: tuple[Turn, ...] = ()
    """Where a model is loaded: the prompt to tokenise, thinking open."""


class Leave(msgspec.Struct, frozen=True, tag=True):
    """The child will be ended: save the chats in memory, as far as `seconds` allow."""

    seconds: float


class DeviceInfo(msgspec.Struct, frozen=True):
    """One compute device. Memory in bytes."""

    name: str
    description: str
    gpu: bool
    free: int
    total: int


class Probe(msgspec.Struct, frozen=True, tag=True):
    """What the engine runs on."""

    library: str
    """Version of llama-cpp-python."""
    system: str
    """Instruction sets in use, as llama.cpp prints them."""
    gpu_build: bool
    """The build can put layers on a GPU."""
    devices: tuple[DeviceInfo, ...]
    prompt_ids: tuple[int, ...] = ()
    """Of the asked turns; empty where no model is loaded."""
    control_ids: dict[str, int] = {}
    """R1's control tokens in the loaded vocabulary."""


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The request is done; the child waits for the next."""


class Failure(StrEnum):
    """Which exception of `engine.base` a failure becomes in the parent."""

    MODEL = "model"
    MEMORY = "memory"
    CONTEXT = "context"
    CANCELLED = "cancelled"
    OTHER = "other"


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The request failed; the child waits for the next."""

    kind: Failure
    message: str
    hint: str


Streamed = Shortened | Resumed | Prefill | ThinkingDelta | Rewound | AnswerDelta | Done
"""What a generation streams."""

Upward = Hello | Loading | Loaded | Probe | Streamed | Finished | Failed
"""What the child sends."""

Downward = LoadRequest | GenerateRequest | ProbeRequest | Leave | Stop | AnswerNow | Inject
"""What the parent sends."""

_FAILURES: dict[Failure, type[EngineError]] = {
    Failure.MODEL: ModelLoadError,
    Failure.MEMORY: OutOfMemory,
    Failure.CONTEXT: ContextFull,
    Failure.CANCELLED: LoadCancelled,
    Failure.OTHER: EngineError,
}


def to_failed(error: EngineError) -> Failed:
    """An exception, on its way to the parent."""
    kind = next((kind for kind, family in _FAILURES.items() if isinstance(error, family)), Failure.OTHER)
    return Failed(kind, error.message, error.hint)


def to_error(failed: Failed) -> EngineError:
    """A failure as the exception that it stands for."""
    return _FAILURES[failed.kind](failed.message, failed.hint)
