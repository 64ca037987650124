"""A child process that speaks lines on stdin and stdout, and what became of it when it ended.

Its stderr goes to a file: a pipe that nobody drains would block it, and the file's tail is the crash report.
It runs in a session of its own, so that Ctrl-C in the terminal reaches only the parent, which decides.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LINE_LIMIT = 64 << 20
"""Bytes of one line at most; asyncio's default of 64 KiB would break on a long prompt."""

KEPT_LOGS = 8
"""Logs of crashes that are kept."""

STOP_S = 2.0
"""Seconds that a child gets to end by itself, and again after a terminate."""


@dataclass(frozen=True)
class Exit:
    """How a child ended."""

    code: int
    """Exit status; negative: the signal that ended it."""
    log_tail: str
    """Last lines that it wrote to stderr."""

    @property
    def cause(self) -> str:
        """Half a sentence, such as `was ended by SIGKILL` or `ended with status 1`."""
        if self.code >= 0:
            return f"ended with status {self.code}"
        return f"was ended by {self.signal.name if self.signal else f'signal {-self.code}'}"

    @property
    def signal(self) -> signal.Signals | None:
        """The signal that ended it, where one with a name did."""
        return next((number for number in signal.Signals if number == -self.code), None)


def next_log(folder: Path) -> Path:
    """A new log in `folder`, or in a temporary one where that cannot be written; the oldest logs are removed.

    A child's own log goes when it ends as asked (`Child.stop`); those of crashes stay, the newest few.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs = sorted(folder.glob("child-*.log"), key=lambda path: path.stat().st_mtime)
        for old in logs[: max(0, len(logs) - KEPT_LOGS)]:
            old.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(".log", "child-", folder)
    except OSError:
        handle, name = tempfile.mkstemp(".log", "r1chat-child-")
    os.close(handle)
    return Path(name)


class Child:
    """A running child. Made by `spawn`; ends with `stop` or `kill`, never by being forgotten."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def spawn(cls, argv: Sequence[str], log: Path, env: Mapping[str, str]) -> "Child":
        """Start `argv` with `env` added to this process's environment; raises OSError."""
        stderr = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, **env},
                limit=LINE_LIMIT,
                start_new_session=True,
            )
        finally:
            os.close(stderr)
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """It has not ended, as far as is known."""
        return self._process.returncode is None

    def send(self, line: bytes) -> None:
        """Write one line (without its newline). A child that is gone shows at the next `line()`."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            stdin.write(line + b"\n")

    async def line(self) -> bytes | None:
        """The next line, or None when the child has closed its stdout."""
        stdout = self._process.stdout
        if stdout is None:
            return None
        try:
            line = await stdout.readline()
        except (ValueError, ConnectionError):
            return None
        return line if line.endswith(b"\n") else None

    async def ended(self) -> Exit:
        """Wait until it has ended; after end of file only, since the status is unknown before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        if self.running:
            await self.kill()
        return Exit(self._process.returncode or 0, self.log_tail())

    async def stop(self) -> None:
        """End it: close its stdin, wait, terminate, wait, kill."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not await self._gone():
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            if not await self._gone():
                await self.kill()
        self._log.unlink(missing_ok=True)

    async def kill(self) -> None:
        """End it at once."""
        self.kill_now()
        await self._process.wait()

    def kill_now(self) -> None:
        """End it at once, without waiting for its end."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of its stderr."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, self._log.stat().st_size - 16_384))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.strip().splitlines()[-lines:])

    async def _gone(self) -> bool:
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            return False
        return True
