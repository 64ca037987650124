"""A real pseudo-terminal with the real program in it, and a terminal emulator that reads its screen."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import pexpect
import psutil
import pyte

TIMEOUT_S = 40.0
DRAW_S = 0.1
"""Longer than the program waits before it draws what is new."""
R1CHAT = (sys.executable, "-m", "r1chat")
SLICE_S = 0.001
"""A few tokens of the embedded model."""


class Terminal:
    """`r1chat` in a terminal of 100 × 30 cells. Waiting is always for what the screen shows."""

    def __init__(
        self, *arguments: str, columns: int = 100, rows: int = 30, program: Sequence[str] = R1CHAT
    ) -> None:
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.child = pexpect.spawn(
            program[0],
            [*program[1:], *arguments],
            dimensions=(rows, columns),
            env=env,
            timeout=TIMEOUT_S,
        )
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        """Every byte that the program sent to the terminal."""

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def type(self, text: str) -> None:
        """Press the keys of `text`."""
        self.child.send(text)

    def wait(self, what: str | Callable[[str], bool]) -> str:
        """Read until the screen shows it and return the screen; fail with it where that does not come."""
        shown = (lambda screen: what in screen) if isinstance(what, str) else what
        deadline = time.monotonic() + TIMEOUT_S
        while not shown(self.text):
            if time.monotonic() > deadline or not self.read():
                raise AssertionError(f"not on the screen: {what!r}\n{self.text}")
        return self.text

    def read(self, seconds: float = DRAW_S) -> bool:
        """Take in what comes within a moment; False once the program has ended."""
        data = self._received(seconds)
        if data is not None:
            self._draw(data)
        return data is not None

    def _received(self, seconds: float) -> bytes | None:
        try:
            data: bytes = self.child.read_nonblocking(65_536, timeout=seconds)
        except pexpect.TIMEOUT:
            return b""
        except pexpect.EOF:
            return None
        return data

    def _draw(self, data: bytes) -> None:
        self.raw += data
        self._stream.feed(data)

    def ended(self) -> int | None:
        """Wait for the program's end; returns its exit status, None where a signal ended it."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.read():
            if time.monotonic() > deadline:
                raise AssertionError(f"the program did not end\n{self.text}")
        self.child.close()
        status: int | None = self.child.exitstatus
        return status

    @property
    def engine(self) -> psutil.Process:
        """The engine's child process."""
        return psutil.Process(self.child.pid).children()[0]

    def slowly(self, until: Callable[[str], bool]) -> None:
        """Let the engine run in short slices until the screen shows it, and leave it halted."""
        deadline = time.monotonic() + TIMEOUT_S
        engine = self.engine
        engine.suspend()
        while not until(self.text):
            if time.monotonic() > deadline:
                raise AssertionError(f"not on the screen\n{self.text}")
            engine.resume()
            data = self._received(SLICE_S)
            engine.suspend()
            self._draw(data or b"")  # only now: drawing takes longer than a whole thought
            self.read()


@contextlib.contextmanager
def terminal(*arguments: str, program: Sequence[str] = R1CHAT) -> Iterator[Terminal]:
    """A terminal that is closed at the end, whatever happened."""
    session = Terminal(*arguments, program=program)
    try:
        yield session
    finally:
        for process in (session.child.pid, *(child.pid for child in children(session.child.pid))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)  # an engine that was halted would stay
        session.child.close(force=True)


def children(pid: int) -> list[psutil.Process]:
    """The child processes of a process, none where it is gone."""
    try:
        return psutil.Process(pid).children()
    except psutil.NoSuchProcess:
        return []
