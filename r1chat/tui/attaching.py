"""The files that a question names: found, read, measured, and put into it. Knows no widget."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from r1chat.core.attached import Attached, join, split
from r1chat.documents import Document, read_document
from r1chat.errors import R1ChatError, UsageError
from r1chat.threads import own_thread
from r1chat.tui.mentions import file_at, folder_at, mentioned
from r1chat.tui.pasting import Pastes, document

CHARACTERS = 3.5
"""ASCII characters of a token, as long as no prompt was counted."""
_PATHS = ("/", "~/", "./", "../")
"""What begins so is the path of a file; other words behind an @ may be names of anything."""
_PATIENCE_S = 0.5
"""How long sending waits for a file that is still being read."""
_OTHERS_PER_TOKEN = 1.3
"""Characters of a token where they are not ASCII, in the vocabularies of R1's distills."""
_SURELY = 1.2
"""An estimate this many times too large is too large."""


class Place(NamedTuple):
    """A file that is named, and its state: another stamp is another content."""

    name: str
    path: Path
    stamp: tuple[int, int]
    """Time of the last change in nanoseconds, and bytes."""


class Found(NamedTuple):
    """A file that is named, as a person is told of it."""

    name: str
    document: Document | None = None
    """None while it is being read, and where it cannot be."""
    trouble: str = ""
    tokens: int = 0
    """An estimate."""


class Attaching:
    """Reads each state of a file once, each in a thread of its own: a slow disk holds nothing up."""

    def __init__(self, folder: Path, pastes: Pastes) -> None:
        """`folder` is where paths begin."""
        self._folder, self._pastes = folder, pastes
        self._documents: dict[Place, asyncio.Future[Document]] = {}
        self._told: dict[str, Place] = {}
        """The files that a person was told of, by name."""
        self._missed: tuple[str, ...] = ()
        """What a person was told of paths that lead to no file."""
        self.measure: Callable[[], tuple[int, float]] = lambda: (0, CHARACTERS)
        """Tokens of the whole context, 0 where that is not known, and ASCII characters of a token."""

    @property
    def room(self) -> int:
        """Tokens of the whole context; 0 where that is not known."""
        return self.measure()[0]

    def too_large(self, tokens: int) -> bool:
        """Whether an estimate is more than the context can hold; below that, the engine counts."""
        return tokens > _SURELY * self.room > 0

    async def look(self, text: str, show: Callable[[tuple[Found, ...]], None]) -> None:
        """Show what is attached to `text`, at once and again when it is read and measured."""
        places = await self._places(text)
        if text.strip():  # what was sent just now is still needed
            self._forget_all_but(places)
            self._told = {place.name: place for place in places}
        tasks = [self._document(place) for place in places]
        if not all(task.done() for task in tasks):
            show(tuple(Found(place.name) for place in places))
        if tasks:
            await asyncio.wait(tasks)
        show(tuple([await self._found(place) for place in places]))

    async def question(self, text: str) -> str:
        """`text` with its files before it.

        Raises UsageError where one cannot be attached, or is no more what a person was told it is.
        """
        places = await self._places(text) if "@" in text else ()
        told, self._told = self._told, {place.name: place for place in places}
        for place in places:
            if told.get(place.name, place) != place:
                raise UsageError(f"{place.name} has changed.", "Enter once more sends it as it is now.")
        named = {reading for readings in mentioned(text) for reading in readings} if told else set()
        for name in told.keys() & named - self._told.keys():
            raise UsageError(
                f"{name} is not there any more.", "Enter once more sends what is typed, without it."
            )
        missed, self._missed = self._missed, await own_thread(partial(self._missing, text), "missed")
        if self._missed and self._missed != missed:
            raise UsageError(self._missed[0], "Enter once more sends what is typed, without it.")
        files = [Attached(place.name, await self._text(place)) for place in places]
        tokens = sum(estimate(file.text, self.measure()[1]) for file in files)
        if self.too_large(tokens):
            names = ", ".join(file.name for file in files)
            raise UsageError(
                f"{names}: {size(tokens)}, and the context holds {self.room:,}.",
                "Attach less, or use a larger context (--ctx).",
            )
        attached, words = split(text)
        self._told, self._missed = {}, ()
        self._forget_all_but(())
        return join([*files, *attached], words) if files else text

    async def _text(self, place: Place) -> str:
        task = self._document(place)
        await asyncio.wait([task], timeout=_PATIENCE_S)
        if not task.done():
            raise UsageError(f"{place.name} is still being read.", "Press Enter again in a moment.")
        found = await self._found(place)
        if found.document is None:
            raise UsageError(found.trouble, "Nothing was sent; without the @ it is only named.")
        return found.document.text

    async def _places(self, text: str) -> tuple[Place, ...]:
        attached, words = split(text)
        known = {file.name for file in attached}
        wanted = [tuple(name for name in names if name not in known) for names in mentioned(words)]
        return await own_thread(partial(self._find, wanted), "mentions") if wanted else ()

    def _find(self, mentions: list[tuple[str, ...]]) -> tuple[Place, ...]:
        found: dict[Path, Place] = {}
        for names in mentions:
            for name in names:
                if (place := self._place(name)) is not None:
                    found.setdefault(place.path, place)
                    break
        return tuple(found.values())

    def _missing(self, text: str) -> tuple[str, ...]:
        """What is wrong with what can hardly be meant but as a path, and leads to no file."""
        attached, words = split(text)
        known = {file.name for file in attached}
        return tuple(
            f"{names[-1]} is a folder."
            if folder_at(names[-1], self._folder)
            else f"There is no file at {names[-1]}."
            for names in mentioned(words)
            if (
                names[0].startswith(_PATHS)
                or (names[-1].endswith("/") and folder_at(names[-1], self._folder))
            )
            and not known.intersection(names)
            and not any(file_at(name, self._folder) for name in names)
        )

    def _place(self, name: str) -> Place | None:
        if (pasted := self._pastes.text(name)) is not None:
            return Place(name, Path(name), (0, len(pasted)))
        path = file_at(name, self._folder)
        stamp = _stamp(path) if path else None
        return Place(name, path, stamp) if path and stamp else None

    def _document(self, place: Place) -> asyncio.Future[Document]:
        if place not in self._documents:
            self._documents[place] = own_thread(partial(self._read, place), "attachment")
        return self._documents[place]

    def _read(self, place: Place) -> Document:
        pasted = self._pastes.text(place.name)
        return read_document(place.path, name=place.name) if pasted is None else document(place.name, pasted)

    async def _found(self, place: Place) -> Found:
        """A file that is read."""
        try:
            document = await asyncio.shield(self._document(place))
        except R1ChatError as error:
            return Found(place.name, trouble=str(error))
        return Found(place.name, document, tokens=estimate(document.text, self.measure()[1]))

    def _forget_all_but(self, places: tuple[Place, ...]) -> None:
        for place in self._documents.keys() - set(places):
            if self._documents[place].done():
                self._documents.pop(place).exception()  # nobody asks for it any more


def estimate(text: str, characters_per_token: float) -> int:
    """About how many tokens a text is."""
    others = len(text) - len(text.encode("ascii", "ignore"))
    return round((len(text) - others) / characters_per_token + others / _OTHERS_PER_TOKEN)


def size(tokens: int) -> str:
    """`≈ 1,234 tok`."""
    return f"≈ {tokens:,} tok"


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
