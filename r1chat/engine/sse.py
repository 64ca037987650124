"""What an OpenAI-compatible server streams: events by lines, and a thought that may stand in the text itself.

The form of a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html; servers end their lines
with LF or CRLF, never with CR alone. Thoughts come apart from the answer (`reasoning_content` from DeepSeek,
llama-server and older vLLM, `reasoning` from newer vLLM and Ollama), or within the answer's text between
`<think>` and `</think>`.
"""

from collections.abc import Iterator

from r1chat.core.prompt import Markup
from r1chat.core.thinking import Channel, Split

MAX_EVENT = 1 << 20
"""Bytes of one event; a token with all that servers say beside it takes a few hundred."""


class TooLong(ValueError):
    """An event has no end."""


class Events:
    """Cuts a stream of bytes into the data of its events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The events that `data` completes. Raises TooLong."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._line(line.removesuffix(b"\r"))
        if len(self._rest) + self._size > MAX_EVENT:
            raise TooLong

    def finish(self) -> Iterator[bytes]:
        """End of the stream: an event that no empty line ended."""
        yield from self._line(self._rest.removesuffix(b"\r"))
        self._rest = b""
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[bytes]:
        name, _, value = line.partition(b":")
        if not line and self._data:
            data, self._data, self._size = b"\n".join(self._data), [], 0
            yield data
        elif name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(line)
            if self._size > MAX_EVENT:
                raise TooLong


class ThoughtInText:
    """Splits what a server says into thought and answer, however it is cut into pieces.

    `opened`: the server's template opens the thought itself, so that text begins inside it where the server
    does not tell thoughts apart. Markup counts only where R1 writes it: an opener before the first word, and
    the first closer after that. Newlines before the first word of thought and answer are left out.
    """

    def __init__(self, *, opened: bool) -> None:
        self._opened = opened
        self._held = ""
        """Text of which it cannot be told yet whether it is markup."""
        self._channel: Channel | None = None
        """None: nothing was said yet."""
        self._apart = False
        """The server tells thoughts from answers: markup in the text is text."""
        self._said = False
        """The thought, or the answer, has begun with something else than a newline."""

    @property
    def closed(self) -> bool:
        """The answer has begun, or the thought is over."""
        return self._channel is Channel.ANSWER

    def thought(self, text: str) -> Iterator[Split]:
        """Take what the server calls a thought; one that comes after its answer joins the answer."""
        if not text:
            return
        if self._channel is None:
            self._apart, self._held = True, ""  # nothing but blanks and newlines
            self._turn_to(Channel.THINKING)
        yield from self._say(text)

    def answer(self, text: str) -> Iterator[Split]:
        """Take what the server does not call a thought."""
        self._held += text
        if self._apart and self._channel is Channel.THINKING:
            if not self._held.strip("\n"):
                return
            yield Split(Channel.THINKING, "", closed=True)
            self._turn_to(Channel.ANSWER)
        if self._channel is None:
            self._begin()
        if self._channel is Channel.THINKING:
            yield from self._think()
        if self._channel is Channel.ANSWER:
            yield from self._release()

    def finish(self) -> Iterator[Split]:
        """End of the stream: what was held back was no markup."""
        if self._channel is None and self._held.strip():
            self._turn_to(Channel.THINKING if self._opened else Channel.ANSWER)
        if self._channel is not None:
            yield from self._release()

    def _begin(self) -> None:
        """Decide where the text begins, once that can be told."""
        begun = self._held.lstrip()
        for markup in (Markup.THINK, Markup.END_THINK):
            if begun.startswith(markup):
                self._held = begun.removeprefix(markup)
                self._turn_to(Channel.THINKING if markup is Markup.THINK else Channel.ANSWER)
                return
        if not any(markup.startswith(begun) for markup in (Markup.THINK, Markup.END_THINK)):
            self._turn_to(Channel.THINKING if self._opened else Channel.ANSWER)

    def _think(self) -> Iterator[Split]:
        text, closer, rest = self._held.partition(Markup.END_THINK)
        if closer:
            yield from self._say(text)
            yield Split(Channel.THINKING, "", closed=True)
            self._held = rest
            self._turn_to(Channel.ANSWER)
        else:
            kept = _begun_markup(text)
            self._held = text[len(text) - kept :]
            yield from self._say(text[: len(text) - kept])

    def _turn_to(self, channel: Channel) -> None:
        self._channel, self._said = channel, False

    def _release(self) -> Iterator[Split]:
        text, self._held = self._held, ""
        yield from self._say(text)

    def _say(self, text: str) -> Iterator[Split]:
        text = text if self._said else text.lstrip("\n")
        if text and self._channel is not None:
            self._said = True
            yield Split(self._channel, text)


def _begun_markup(text: str) -> int:
    """How many of the last characters may be the beginning of the closer."""
    markup = str(Markup.END_THINK)
    lengths = range(min(len(markup) - 1, len(text)), 0, -1)
    return next((length for length in lengths if text.endswith(markup[:length])), 0)
