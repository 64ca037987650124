"""Records in which a character is only there by half: some programs cut an emoji in two.

JSON can spell a half, as `\\ud83d` without its partner, and no encoding can write it.
"""

import json
from contextlib import suppress


def legible(record: bytes) -> bytes:
    """A record that could not be read, with a sign for each half. Raises RecursionError."""
    with suppress(ValueError):  # what else is wrong with it is told by whoever reads it
        return json.dumps(json.loads(record), ensure_ascii=False).encode("utf-8", "replace")
    return record
