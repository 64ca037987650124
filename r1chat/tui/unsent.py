"""What was typed and not sent, kept on disk: it is there again after quitting, a crash or a power cut."""

import contextlib
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from r1chat.paths import COPIED
from r1chat.tui.edits import edits_of

_EDIT = "thought-"
"""Begins the name of an edit's file, be it of a thought or of a question."""
_NAME = re.compile(rf"(\d+)(?:-(pasted-[0-9a-f]+|{_EDIT}[0-9a-f-]+))?\.(txt|new)")


class Draft(NamedTuple):
    """What is typed, the pasted texts that are named, and edited thoughts and questions."""

    text: str
    pasted: Mapping[str, str] = {}
    edits: Mapping[str, str] = {}
    """Not thought on from and not asked yet, by `edits.edit_name`."""

    @property
    def is_blank(self) -> bool:
        """There is nothing to be kept."""
        return not self.text.strip() and not self.edits

    @property
    def files(self) -> Mapping[str, str]:
        """What is kept in files beside that of the text, by name."""
        return {**self.pasted, **{_EDIT + name: text for name, text in self.edits.items()}}


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
            self._bring(NOTHING if draft.is_blank else draft)

    def forget(self, chat_id: str) -> None:
        """Remove the edits of a deleted chat, those of other runs too. Any thread may call it."""
        if self._folder is not None:
            with self._lock, contextlib.suppress(OSError):
                forget_edits(self._folder, chat_id)

    def _bring(self, draft: Draft) -> None:
        if self._folder is None or draft == self._kept:
            return
        files, before = draft.files, self._kept.files
        for name, text in files.items():
            if before.get(name) != text:
                _write(self._path(self._folder, name), text)
        path = self._path(self._folder)
        if draft.text:
            _write(path, draft.text)
        else:
            path.unlink(missing_ok=True)
        for name in before.keys() - files.keys():
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
        edits: dict[str, str] = {}
        with contextlib.suppress(OSError):  # what could be read is given back, the rest stays where it is
            for path in self._folder.iterdir():
                owner = _NAME.fullmatch(path.name)
                if owner is None or _runs(int(owner[1])):
                    continue
                if owner[3] == "new":  # killed while it wrote that
                    path.unlink(missing_ok=True)
                    continue
                words = path.read_text(encoding="utf-8", errors="replace")
                if owner[2] and owner[2].startswith(_EDIT):
                    edits[owner[2].removeprefix(_EDIT)] = words
                elif owner[2]:
                    pasted[owner[2]] = words
                found.append((path.stat().st_mtime, "" if owner[2] else words, path))
        draft = Draft("\n\n".join(words for _, words, _ in sorted(found) if words), pasted, edits)
        self.keep(draft)
        own = {self._path(self._folder, name) for name in ("", *draft.files)}
        for _, _, path in found:
            if path not in own:
                path.unlink(missing_ok=True)
        return draft


def forget_edits(folder: Path, chat_id: str) -> None:
    """Remove the edits of a chat that was deleted, and what was copied last: it may be of that."""
    (folder.parent / COPIED).unlink(missing_ok=True)
    for path in folder.glob(f"*-{_EDIT}{edits_of(chat_id)}*"):
        path.unlink(missing_ok=True)


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
