"""What was typed and not sent, kept on disk: it is there again after quitting, a crash or a power cut."""

import contextlib
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"(\d+)(?:-(pasted-[0-9a-f]+))?\.txt")


class Draft(NamedTuple):
    """What is typed, and the pasted texts that it names."""

    text: str
    pasted: Mapping[str, str] = {}


NOTHING = Draft("")


class Unsent:
    """Files of each running r1chat, named by its process; `folder` None keeps nothing.

    A disk that refuses costs only this: what is typed is still in the prompt.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept = NOTHING
        self._lock = threading.Lock()

    def keep(self, draft: Draft) -> None:
        """Have it on disk, nothing where it is blank. Any thread may call it."""
        with self._lock, contextlib.suppress(OSError):
            self._bring(draft if draft.text.strip() else NOTHING)

    def _bring(self, draft: Draft) -> None:
        if self._folder is None or draft == self._kept:
            return
        for name in draft.pasted.keys() - self._kept.pasted.keys():
            _write(self._path(self._folder, name), draft.pasted[name])
        path = self._path(self._folder)
        if draft.text:
            _write(path, draft.text)
        else:
            path.unlink(missing_ok=True)
        for name in self._kept.pasted.keys() - draft.pasted.keys():
            self._path(self._folder, name).unlink(missing_ok=True)
        self._kept = draft

    @staticmethod
    def _path(folder: Path, name: str = "") -> Path:
        return folder / ("-".join(filter(None, (str(os.getpid()), name))) + ".txt")

    def take(self) -> Draft:
        """What earlier runs left, the oldest first; it is this run's from now on."""
        if self._folder is None:
            return NOTHING
        found: list[tuple[float, str, Path]] = []
        pasted: dict[str, str] = {}
        with contextlib.suppress(OSError):  # what could be read is given back, the rest stays where it is
            for path in self._folder.iterdir():
                owner = _NAME.fullmatch(path.name)
                if owner and not _runs(int(owner[1])):
                    words = path.read_text(encoding="utf-8", errors="replace")
                    if owner[2]:
                        pasted[owner[2]] = words
                    found.append((path.stat().st_mtime, "" if owner[2] else words, path))
        draft = Draft("\n\n".join(words for _, words, _ in sorted(found) if words), pasted)
        self.keep(draft)
        own = {self._path(self._folder, name) for name in ("", *pasted)}
        for _, _, path in found:
            if path not in own:
                path.unlink(missing_ok=True)
        return draft


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
