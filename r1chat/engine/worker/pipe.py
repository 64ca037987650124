"""The child's end of the pipe: requests in, events out, commands acted on while C code runs."""

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Iterator

import msgspec

from r1chat.engine.base import AnswerNow, GenerateRequest, Inject, LoadRequest, Stop
from r1chat.engine.wire import Downward, Leave, ProbeRequest, Upward
from r1chat.engine.worker.capi import AbortFlag

Request = LoadRequest | GenerateRequest | ProbeRequest | Leave | msgspec.MsgspecError
"""The last is a line that could not be read as one."""


class Pipe:
    """Reads on a thread of its own, so that Stop reaches a decode at once; writes from the engine's thread.

    The end of stdin means that the parent is gone: the process ends on the spot.
    """

    def __init__(self, reading: int, writing: int, abort: AbortFlag) -> None:
        self._in = os.fdopen(reading, "rb")
        self._writing = writing
        self.abort = abort
        """Set while what runs shall end."""
        self.woken = threading.Event()
        """Set with each message, for an engine's thread that waits for something else meanwhile."""
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = False
        self.stopped = False
        """Stop was asked for since the last request began. Set here only."""
        self._urgent = 0
        self._decoder = msgspec.json.Decoder(Downward)
        self._encoder = msgspec.json.Encoder()
        self.commands: deque[AnswerNow | Inject] = deque()
        """Asked for and not yet acted on."""

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="pipe", daemon=True).start()

    def next_request(self) -> Request:
        """Wait for a request."""
        request = self._requests.get()
        with self._lock:
            self._urgent -= isinstance(request, LoadRequest | GenerateRequest | Leave)
            if not self.stopped:
                self.abort.clear()
        return request

    @contextlib.contextmanager
    def idle(self) -> Iterator[bool]:
        """True while nobody waits, and the next request aborts what runs (a probe has time); else False."""
        with self._lock:
            self._idle = not self._urgent
        try:
            yield self._idle
        finally:
            self._idle = False

    def send(self, message: Upward) -> None:
        """Write one message; ends the process when the parent is gone."""
        data = self._encoder.encode(message) + b"\n"
        try:
            while data:
                data = data[os.write(self._writing, data) :]
        except OSError:
            os._exit(0)

    def _read(self) -> None:
        for line in self._in:
            try:
                message = self._decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # the latter from a tag's bytes
                self._requests.put(msgspec.DecodeError(str(error)))
                continue
            match message:
                case Stop():
                    with self._lock:
                        self.stopped = True
                        self.abort.set()
                case AnswerNow() | Inject():
                    self.commands.append(message)
                case LoadRequest() | GenerateRequest() | ProbeRequest() | Leave():
                    with self._lock:
                        self.commands.clear()
                        self.stopped = False
                        self._requests.put(message)
                        if not isinstance(message, ProbeRequest):
                            self._urgent += 1
                            if self._idle:
                                self.abort.set()
            self.woken.set()
        os._exit(0)
