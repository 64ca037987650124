"""The settings of the program that runs: what they are, where each comes from, and a new value for one."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from r1chat.core.presets import SETTINGS, Preset, presets
from r1chat.engine.base import LoadRequest
from r1chat.errors import R1ChatError, UsageError
from r1chat.settings import Found, Key, Settings, Source, Value, look, reset_value, set_value, word
from r1chat.tui.keymap import Keymap, keymap


class Preferences:
    """What a person has set. Its file is read again whenever something in it was changed from here."""

    def __init__(
        self,
        path: Path | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        flags: Mapping[str, Value] | None = None,
        request: Callable[[Settings], LoadRequest] | None = None,
    ) -> None:
        """`flags`: what the command line set for this run. `request`: how a model is loaded by settings.

        Without a path nothing is read and nothing can be set.
        """
        self._path, self._environ, self._flags = path, environ or {}, flags or {}
        self._request = request
        self._found = Found(Settings(), {}, ())
        self._keymap = Keymap({}, ())
        self.read()

    @property
    def kept(self) -> bool:
        """There is a file to keep them in."""
        return self._path is not None

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._found.settings

    @property
    def keys(self) -> dict[str, str]:
        """Keys of a person's own that can be."""
        return self._keymap.keys

    @property
    def problems(self) -> tuple[R1ChatError, ...]:
        """What could not be used, of the file, the environment and the keys."""
        return (*self._found.problems, *self._keymap.problems)

    @property
    def presets(self) -> tuple[Preset, ...]:
        """What can be chosen for a chat."""
        sampling = self.settings.sampling
        own = self.settings.own_presets()
        return presets(Preset(SETTINGS, sampling.temperature, sampling.top_p), own)

    def read(self) -> None:
        """Read the file once more."""
        if self._path is not None:
            self._found = look(self._path, self._environ)
            self._keymap = keymap(self.settings.keymap())

    def word(self, key: Key) -> str:
        """What a setting is at."""
        return word(self._flags[key.name] if key.name in self._flags else key.value(self.settings))

    def source(self, name: str) -> Source:
        """Where a value comes from."""
        return Source.FLAG if name in self._flags else self._found.sources.get(name, Source.DEFAULT)

    def load_request(self) -> LoadRequest | None:
        """How a model is to be loaded now; None where nobody said how. Raises UsageError."""
        return self._request(self.settings) if self._request else None

    async def set(self, name: str, text: str) -> None:
        """Bring a new value to disk. Raises UsageError; then everything is as it was."""
        await self._write(lambda path: set_value(path, name, text))

    async def reset(self, name: str) -> None:
        """Have a value as it comes. Raises UsageError."""
        await self._write(lambda path: reset_value(path, name))

    async def _write(self, change: Callable[[Path], None]) -> None:
        if self._path is None:
            raise UsageError("This program was started without a settings file.", "Nothing was changed.")
        await asyncio.to_thread(change, self._path)
        self.read()
