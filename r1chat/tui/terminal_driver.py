"""Textual's terminal, made to outlive odd input and the terminal's own end."""

import codecs
import contextlib
import io
import os
import signal
from types import FunctionType
from typing import TYPE_CHECKING

from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition, Key
from textual.message import Message

from r1chat.tui.herald import GIVE_TITLE_BACK, NO_PROGRESS, Abilities
from r1chat.tui.terminal_input import WholePastes

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STDERR = 2
"""Textual draws there."""


class LenientDriver(LinuxDriver):
    """Reads bytes that are no UTF-8 as `�`, and takes a terminal that fails as one that hung up.

    Textual decodes strictly, so that one such byte would end the program; its writer's thread would die with
    the terminal, and whoever writes next would wait for it for ever.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        output = io.BufferedWriter(_Deaf(_STDERR, "w", closefd=False))
        self._file = io.TextIOWrapper(output, encoding="utf-8", errors="replace")

    def process_message(self, message: Message) -> None:
        """Pass on what was meant."""
        super().process_message(meant(message))

    def stop_application_mode(self) -> None:
        """Give the terminal back, with the title that it had."""
        if self._writer_thread is not None:
            self.write(GIVE_TITLE_BACK)
            if Abilities.of(os.environ).progress:
                self.write(NO_PROGRESS)
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read keys until the program ends."""
        try:
            _read(self)
        except OSError:
            os.kill(os.getpid(), signal.SIGHUP)


def meant(message: Message) -> Message:
    """Shift+F3 where Textual read where the cursor is: xterm and its kin send `CSI 1;2R` for both.

    Nobody asks for the cursor here, so that it can be nothing but the key. And Alt with a letter types none:
    Textual would have a text field take it, so that it could be the key of nothing.
    """
    match message:
        case Key(key=key) if "alt" in key.split("+")[:-1]:
            return Key(key, None)
        case CursorPosition(x=1, y=0):
            return Key("shift+f3", None)
        case _:
            return message


class _Deaf(io.FileIO):
    """The terminal's output; what can no longer be written is dropped."""

    def write(self, data: "Buffer") -> int:
        with contextlib.suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


def _lenient(encoding: str) -> object:
    decoder = codecs.getincrementaldecoder(encoding)
    return lambda: decoder(errors="replace")


_read = FunctionType(
    LinuxDriver.run_input_thread.__code__,
    {**vars(linux_driver), "getincrementaldecoder": _lenient, "XTermParser": WholePastes},
)
"""Textual's own loop with another decoder and parser, which it takes from its module and nowhere else."""
