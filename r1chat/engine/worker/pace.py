"""How fast this machine reads prompts and files, as seen so far; decides what is worth a file."""

from dataclasses import dataclass, field


@dataclass
class Rate:
    """Units a second. Older measurements count half with each new one."""

    assumed: float | None = None
    """Before anything was measured."""
    _units: float = 0.0
    _seconds: float = 0.0

    def add(self, units: float, seconds: float) -> None:
        """One measurement."""
        self._units, self._seconds = self._units / 2 + units, self._seconds / 2 + seconds

    @property
    def value(self) -> float | None:
        """None where nothing is known."""
        return self._units / self._seconds if self._seconds else self.assumed


@dataclass
class Pace:
    """What was measured in this process."""

    prefill: Rate = field(default_factory=Rate)
    """Tokens a second."""
    write: Rate = field(default_factory=lambda: Rate(200e6))
    """Bytes a second to disk, fsync included; at first that of a slow SSD."""
    read: Rate = field(default_factory=lambda: Rate(400e6))
    """Bytes a second from disk into the KV cache, hashing included."""

    def worth(self, tokens: int, size: float) -> bool:
        """To write `size` bytes and to read them once is quicker than to read `tokens` tokens again.

        Where no prefill was long enough to be measured, nothing was read that is worth a file.
        """
        prefill, write, read = self.prefill.value, self.write.value, self.read.value
        if not (prefill and write and read):
            return False
        return tokens / prefill > size / write + size / read
