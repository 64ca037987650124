"""What the engine saved of a chat goes with what was deleted of it, also where a crash came in between."""

from pathlib import Path

from r1chat.engine.state_folder import chat_folder, forget
from r1chat.store import Store


def forget_states(store: Store, states: Path) -> None:
    """Remove what is saved in the folder `states` of chats of which something was deleted.

    The deletion itself notes that it is to be done; the note goes once it is. Raises StoreError.
    """
    for chat_id in store.states_to_forget():
        forget(states, chat_id)
        if not chat_folder(states, chat_id).exists():
            store.states_forgotten(chat_id)
