"""What the rest of the program knows of an engine."""

from collections.abc import AsyncGenerator
from enum import StrEnum
from signal import Signals
from typing import Annotated, Protocol

import msgspec

from r1chat.core.conversation import Sampling, Thinking
from r1chat.core.events import Event, Loading
from r1chat.core.fit import KvType
from r1chat.core.ledger import Overflow
from r1chat.core.prompt import Prefix, Turn
from r1chat.errors import R1ChatError


class LoadRequest(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Which model to hold ready, and how. None leaves a choice to the engine."""

    path: str
    """A GGUF file; of a split set its first. Or the address of a server."""
    n_ctx: int | None = None
    """Context in tokens, prompt and reply together. None: what the model was trained for, at most 16,384,
    and no more than fits into memory."""
    n_gpu_layers: int | None = None
    """None: all that fit, by a dry run; a build without a GPU backend means none."""
    kv: KvType | None = None
    """How keys and values are kept. None: f16, or q8_0 where a context of 4,096 tokens does not fit else."""
    draft: str | None = None
    """A GGUF file of a smaller model with the same vocabulary that drafts for this one. Where it cannot, the
    model is loaded without, and `ModelInfo.note` says why."""
    draft_from_text: bool = True
    """Drafts also come from the text itself, where it repeats itself, but for a very small model."""
    n_threads: int | None = None
    """CPU threads of a decode. None: the physical cores this process may use, one left free from four up, and
    fewer while others take a good part of them (at which a seed's words may part from what they were)."""
    state_folder: str | None = None
    """Where chats that leave memory are saved, so that they come back at once; None: nowhere."""
    state_bytes: int | None = None
    """Room that they may take there. None: 2 GiB, and no more than a twentieth of the free disk."""


class GenerateRequest(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """One reply. Complete in itself: the KV cache is the engine's own affair."""

    turns: tuple[Turn, ...]
    """The conversation, thoughts dropped, ending in a person's turn."""
    prefix: Prefix | None = None
    """What the assistant has said already; the reply goes on from there."""
    thinking: Thinking = Thinking()
    sampling: Sampling
    max_tokens: int | None = None
    """Tokens to generate at most, thought and answer together. None: until the context is full."""
    samples: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    """How many replies to draw from the one prompt, side by side; the seed of each is one higher."""
    drafts: bool = True
    """Drafts may be used. They depend on the moment's speeds, and the last bits of the logits on the batches
    that they make: False where a seed shall draw the very same words again."""
    stop: tuple[str, ...] = ()
    """Strings that end the answer where they appear in it; they are left out of it."""
    chat: str = ""
    """Key under which the chat may be saved when it leaves memory (see `state_folder`); empty: it is not."""
    overflow: Overflow = Overflow.REFUSE
    """What to do where the conversation leaves no room for a reply."""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End the running generation now; what was produced stands. Also cancels a load."""


class AnswerNow(msgspec.Struct, frozen=True, tag=True):
    """Close the running thought softly and answer. Nothing happens where no thought is open."""


class Inject(msgspec.Struct, frozen=True, tag=True):
    """Put words into the running thought as a paragraph of its own. Nothing happens where none is open."""

    text: str


Command = Stop | AnswerNow | Inject


class Capability(StrEnum):
    """What an engine can do beyond answering; the UI offers only that."""

    ANSWER_NOW = "answer_now"
    INJECT = "inject"
    PREFIX = "prefix"
    SAMPLES = "samples"
    MODES = "modes"
    """Think within a budget, or not at all."""


ROOM_FOR_A_REPLY = 16
"""Tokens that must be free behind the prompt, for each sample; with fewer there is no sense in beginning."""


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The loaded model. Of a server's, figures that nobody tells are 0."""

    path: str
    fingerprint: str
    """Identity of the file: what token ids and saved KV belong to."""
    architecture: str
    n_ctx: int
    n_ctx_train: int
    n_layer: int
    n_gpu_layers: int
    """Layers on the GPU, the output layer counted as one."""
    n_threads: int
    device: str
    """Where it computes, such as `CPU` or `CUDA0 (NVIDIA …)`."""
    size: int
    """Bytes of the file, all shards together."""
    load_s: float
    kv: KvType = KvType.F16
    """How keys and values are kept."""
    characters_per_token: float = 3.5
    """Of plain English and code, in its vocabulary; what a text takes is estimated with it."""
    plan: str = ""
    """Why it lies on this machine as it does: context, KV cache and layers, in one sentence."""
    note: str = ""
    """One sentence where a choice was made for the person, such as a smaller context."""
    host: str = ""
    """The server that it runs on, name and port; empty: it runs on this machine, in a process of r1chat's."""
    served: str = ""
    """What that server calls it."""


class EngineError(R1ChatError):
    """The engine could not do what was asked; the conversation is untouched."""


class ModelLoadError(EngineError):
    """The model file is missing, damaged, foreign, or of no kind that r1chat can think with."""


class OutOfMemory(EngineError):
    """Weights, KV cache or buffers do not fit."""


class ContextFull(EngineError):
    """The prompt alone leaves no room for a reply."""


class EngineCrashed(EngineError):
    """The engine's process ended in the middle of its work."""

    def __init__(
        self, message: str, hint: str = "", log_tail: str = "", signal: Signals | None = None
    ) -> None:
        super().__init__(message, hint)
        self.signal = signal
        """What ended it, where that was a signal."""
        self.log_tail = log_tail
        """The last lines that it wrote to its log; hostile text, may be empty."""


class EndpointError(EngineError):
    """A server that answers in a model's place, or the way to it, is not as it should be."""


class LoadCancelled(EngineError):
    """The load was stopped by the person."""


class Engine(Protocol):
    """A model that can be loaded and talked to. One operation at a time.

    A stream ends with a `Done` for every sample or with an exception of the `EngineError` family, never both.
    Closing a stream early (`aclose`) stops the work behind it.
    """

    @property
    def model(self) -> ModelInfo | None:
        """The loaded model; None before a load and after a crash."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this engine can do."""

    def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        """Load a model, with progress; returns at once where it is loaded already.

        Raises ModelLoadError, OutOfMemory, EngineCrashed; LoadCancelled after `Stop`.
        """

    def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Stream one reply. After a crash it brings the last model back first, with `Loading` events.

        Raises ContextFull, OutOfMemory, EngineCrashed, ModelLoadError.
        """

    def control(self, command: Command) -> None:
        """Act on the operation that runs; does nothing when none does."""

    async def aclose(self) -> None:
        """Unload and end the engine's process. Safe to call twice."""
