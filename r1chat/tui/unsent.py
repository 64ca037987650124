"""What was typed and not sent, kept on disk: it is there again after quitting, a crash or a power cut."""

import contextlib
import os
import re
import threading
from pathlib import Path

_NAME = re.compile(r"(\d+)\.txt")


class Unsent:
    """One file for each running r1chat, named by its process; `folder` None keeps nothing.

    A disk that refuses costs only this: what is typed is still in the prompt.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept = ""
        self._lock = threading.Lock()

    def keep(self, text: str) -> None:
        """Have `text` on disk, nothing where it is blank. Any thread may call it."""
        text = text if text.strip() else ""
        with self._lock, contextlib.suppress(OSError):
            self._bring(text)

    def _bring(self, text: str) -> None:
        if self._folder is None or text == self._kept:
            return
        path = self._folder / f"{os.getpid()}.txt"
        if text:
            _write(path, text)
        else:
            path.unlink(missing_ok=True)
        self._kept = text

    def take(self) -> str:
        """What earlier runs left, the oldest first; it is this run's from now on."""
        if self._folder is None:
            return ""
        found: list[tuple[float, str, Path]] = []
        with contextlib.suppress(OSError):  # what could be read is given back, the rest stays where it is
            for path in self._folder.iterdir():
                owner = _NAME.fullmatch(path.name)
                if owner and not _runs(int(owner[1])):
                    words = path.read_text(encoding="utf-8", errors="replace")
                    found.append((path.stat().st_mtime, words, path))
        text = "\n\n".join(words for _, words, _ in sorted(found))
        self.keep(text)
        for _, _, path in found:
            if path.name != f"{os.getpid()}.txt":
                path.unlink(missing_ok=True)
        return text


def _runs(process: int) -> bool:
    """Another r1chat: not this one, whose number an earlier run may have had."""
    import psutil

    return process != os.getpid() and psutil.pid_exists(process)


def _write(path: Path, text: str) -> None:
    """The file is the old one or the new one, whole, and this user's alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
