"""The one hierarchy of errors that a person gets to read.

Each layer raises these with a message (what happened, what is safe) and a hint (what to do); the layer that
shows them chooses how. Anything else that escapes is a bug and keeps its traceback.
"""


class R1ChatError(Exception):
    """Something a person can understand and act on."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        """One sentence: what happened, and what is safe."""
        self.hint = hint
        """One sentence: what to do next. May be empty."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(R1ChatError):
    """The command line, a setting or a typed command is wrong (exit code 2)."""


class StoreError(R1ChatError):
    """The chats could not be read or written."""


class Unsaved(StoreError):
    """What is shown is not on disk, or not to its end; it is brought there as soon as the disk takes it."""
