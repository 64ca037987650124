"""An OpenAI-compatible server on loopback, which answers as a test has it answer."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any

PATIENCE_S = 60.0
CHAT, MODELS, TEMPLATE = "/v1/chat/completions", "/v1/models", "/apply-template"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Say:
    """One answer: `parts` are written as they are; an event is waited for."""

    parts: Iterable[bytes | threading.Event] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def endless() -> Iterator[bytes]:
    """A reply that thinks on and on."""
    return cycle(THOUGHT)


def chunk(**delta: str | None) -> bytes:
    """An event with more of a reply."""
    return event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})


def event(value: object) -> bytes:
    """Any event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def finish(reason: str = "stop") -> bytes:
    """The event that says why the reply ends."""
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def usage(prompt: int = 19, made: int = 30, **more: object) -> bytes:
    """The event with the figures, which comes last."""
    return event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": made, **more}})


END = b"data: [DONE]\n\n"
THOUGHT = [chunk(reasoning_content=word) for word in ("Seven ", "and ", "eight ", "is ", "fifteen.")]
ANSWER = [chunk(content=word) for word in ("\n\n", "It ", "is ", "15.")]
REPLY = [chunk(role="assistant", content=None), *THOUGHT, *ANSWER, finish(), usage(), END]
READING = [
    event({"choices": [], "prompt_progress": {"total": 19, "cache": 3, "processed": done}})
    for done in (3, 19)
]


def models(name: str = "r1", **more: object) -> Say:
    """A list of one model."""
    return Say([json.dumps({"data": [{"id": name, **more}]}).encode()])


class Server:
    """Answers in a thread of its own. What is in `at` holds for its path; everything else is not found."""

    def __init__(self) -> None:
        self.at: dict[str, Say | Callable[[Asked], Say]] = {MODELS: models(), CHAT: Say(REPLY)}
        self.asked: list[Asked] = []
        self.left = threading.Event()
        """Who asked closed the connection before the answer was over."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            self.answer(handler)

        named = {"do_GET": answer, "do_POST": answer, "log_message": lambda *_: None}
        handler = type("Handler", (BaseHTTPRequestHandler,), named)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Note what was asked, and say what is to be said."""
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        asked = Asked(
            handler.command,
            handler.path,
            {name.lower(): value for name, value in handler.headers.items()},
            json.loads(body) if body else None,
        )
        self.asked.append(asked)
        say = self.at.get(asked.path, Say(status=404))
        say = say if isinstance(say, Say) else say(asked)
        try:
            handler.send_response(say.status)
            for name, value in say.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            for part in say.parts:
                if isinstance(part, threading.Event):
                    part.wait(PATIENCE_S)
                else:
                    handler.wfile.write(part)
                    handler.wfile.flush()
        except OSError:
            self.left.set()
        handler.close_connection = True

    def close(self) -> None:
        """End it."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def serving() -> Iterator[Server]:
    """A server for the time of a test."""
    server = Server()
    try:
        yield server
    finally:
        server.close()
