"""What the chat's screen may ask of an application that has models."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from r1chat.hub.library import LocalModel
    from r1chat.tui.screens.chat import ChatScreen
    from r1chat.tui.stock import Stock


@runtime_checkable
class Stocked(Protocol):
    """An application that has models."""

    @property
    def stock(self) -> "Stock":
        """Them, looked at when they are first asked for."""


def use(chat: "ChatScreen", model: "LocalModel | None") -> None:
    """Have `model` answer in the chat from now on; None leaves it as it is."""
    if model is None:
        return
    if chat.turns.running:
        chat.tell("A reply is running; the model can be changed when it has ended.")
        return
    chat.session.use(model.path, model.name)
    chat.situation.model = model.name
    chat.load()
