"""Whether a shell could go on with this program once it is suspended."""

import os
import signal


def can_be_suspended() -> bool:
    """The system knows of such a thing."""
    return hasattr(signal, "SIGTSTP")


def shell_waits() -> bool:
    """Who began this program has jobs, and it is one of them; else nobody would ever wake it.

    POSIX calls a process group orphaned where no parent is in another group of the same session.
    """
    if not can_be_suspended():
        return False
    try:
        parent = os.getppid()
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgid(0)
    except OSError:
        return False
