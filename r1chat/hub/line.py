"""The connection of a download: the thread that reads from it can be woken by cutting it from any other."""

import contextlib
import os
import socket
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpcore2 import NetworkStream


class Line:
    """What one download is connected by. `cut` it from any thread; `close` it at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wires: list[socket.socket] = []
        self._cut = self._claimed = False

    @property
    def is_cut(self) -> bool:
        """Nothing comes any more, and nobody wants it."""
        return self._cut

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by the HTTP client of what it does; each connection that it opens can be cut from then on."""
        if event.endswith("connect_tcp.complete"):
            self._hold(info["return_value"])

    def claim(self) -> bool:
        """From now on the reader must be waited for; False where it is cut already and nobody waits."""
        with self._lock:
            self._claimed = not self._cut
            return self._claimed

    def cut(self) -> bool:
        """Wake whoever reads. True where that one works on a file, and so will end by itself in a moment."""
        with self._lock:
            self._cut = True
            for wire in self._wires:
                _shut(wire)
            return self._claimed

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            for wire in self._wires:
                wire.close()
            self._wires.clear()

    def _hold(self, stream: "NetworkStream") -> None:
        """Keep a descriptor of our own: the client's may be closed, and be another file's, at any moment."""
        wire = socket.socket(fileno=os.dup(stream.get_extra_info("socket").fileno()))
        with self._lock:
            self._wires.append(wire)
            if self._cut:
                _shut(wire)


def _shut(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other end was quicker
        wire.shutdown(socket.SHUT_RDWR)
