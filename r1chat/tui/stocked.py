"""What the chat's screen may ask of an application that has models."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from r1chat.tui.stock import Stock


@runtime_checkable
class Stocked(Protocol):
    """An application that has models."""

    @property
    def stock(self) -> "Stock":
        """Them, looked at when they are first asked for."""
