"""Who writes a draft: a process of this machine, and whether it still runs.

A process's number alone may be given again, so its start belongs to it.
"""

import os
from functools import lru_cache

_TOLERANCE_S = 2.0
"""A start is counted from the boot, which a corrected clock moves a little."""


@lru_cache(1)
def _start_of(pid: int) -> float:
    import psutil

    return psutil.Process(pid).create_time()


def this_process() -> str:
    """What a draft notes of its writer: number and start of the process."""
    pid = os.getpid()
    return f"{pid}@{_start_of(pid):.2f}"


def is_another(writer: str) -> bool:
    """Whether it is another process than this one, and runs."""
    return bool(writer) and writer != this_process() and is_running(writer)


def is_running(writer: str) -> bool:
    """Whether that process runs; an empty or unreadable note is nobody's."""
    import psutil

    number, _, start = writer.partition("@")
    try:
        process = psutil.Process(int(number))
        begun = process.create_time()
        dead = process.status() == psutil.STATUS_ZOMBIE
        return not dead and abs(begun - float(start)) <= _TOLERANCE_S
    except (psutil.Error, ValueError, OverflowError):
        return False
