"""What can be asked of the chats on disk. Returns core types, never rows."""

import time
from collections.abc import Callable
from pathlib import Path


class Store:
    """All chats of one person. Every method raises StoreError when the file cannot be read or written."""

    def __init__(self, path: Path | str, *, clock: Callable[[], float] = time.time) -> None:
        raise NotImplementedError
