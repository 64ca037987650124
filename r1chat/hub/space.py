"""Room on the disk, asked before a download and while it runs."""

import os
import shutil
from pathlib import Path

from r1chat.hub.trouble import DiskTrouble

SPARE = 512 << 20
"""Bytes that a download leaves free for everything else on the disk."""


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write where `folder` is, or will be."""
    while not os.path.exists(folder):
        folder = folder.parent
    return shutil.disk_usage(os.path.realpath(folder)).free


def check_room(folder: Path, wanted: int, *, spare: int = SPARE, free: int | None = None) -> None:
    """Raises DiskTrouble where `wanted` more bytes would not leave `spare` of them free."""
    free = free_bytes(folder) if free is None else free
    missing = wanted + spare - free
    if wanted > 0 and missing > 0:
        raise DiskTrouble(
            f"The disk of {folder} has {free / 1e9:.1f} GB free; {wanted / 1e9:.1f} GB are still to come"
            + (f", and {spare / 1e9:.1f} GB are left for everything else." if spare else "."),
            f"Free {missing / 1e9:.1f} GB or more, then go on: nothing is fetched twice.",
        )
