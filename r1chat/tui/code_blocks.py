"""The blocks of code in an answer: found, walked from the last to the first, and saved."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

from r1chat.errors import UsageError
from r1chat.tui.wording import lines


class CodeBlock(NamedTuple):
    """One block."""

    language: str
    """As its fence calls it; may be empty."""
    code: str
    number: int
    """From 1 on."""
    of: int
    """How many the answer has."""

    @property
    def title(self) -> str:
        """`python, 12 lines`, with its number where there are several."""
        place = f"block {self.number} of {self.of}, " if self.of > 1 else ""
        return f"{place}{self.language or 'code'}, {lines(self.code.rstrip(chr(10)))}"


def code_blocks(markdown: str) -> tuple[CodeBlock, ...]:
    """All of them, in order; one that is still open counts."""
    tokens = [token for token in MarkdownIt("commonmark").parse(markdown) if token.type == "fence"]
    return tuple(
        CodeBlock((token.info.split() or [""])[0], token.content, number, len(tokens))
        for number, token in enumerate(tokens, 1)
    )


def numbered(blocks: Sequence[CodeBlock], words: str) -> CodeBlock:
    """The block that `words` names by its number; without any the last. Raises UsageError."""
    if not blocks:
        raise UsageError("There is no code in this answer.", "Ask for it in a code block.")
    if not words:
        return blocks[-1]
    if words.isascii() and words.isdigit() and 0 < int(words[:9]) <= len(blocks):
        return blocks[int(words) - 1]
    raise UsageError(f"There is no block {words}.", f"Give a number from 1 to {len(blocks)}.")


class CodeWalk:
    """Which block comes next where the same key is pressed again: the one before."""

    def __init__(self) -> None:
        self._answer = ""
        self._left = 0

    def next(self, answer: str) -> CodeBlock:
        """The last block of an answer, then the one before, then the last again. Raises UsageError."""
        blocks = code_blocks(answer)
        if answer != self._answer or self._left < 1:
            self._answer, self._left = answer, len(blocks)
        block = numbered(blocks, str(self._left) if blocks else "")
        self._left -= 1
        return block


def save(path: Path, code: str, *, over: bool) -> None:
    """Write code into a file, which is only replaced with `over`. Makes no folders. Raises UsageError."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file in it.")
    try:
        if over and path.exists():
            _replace(path, code)
        else:
            with path.open("x", encoding="utf-8", errors="replace") as file:
                file.write(code)
    except FileExistsError as error:
        raise UsageError(
            f"{path} is there already; it was left as it is.", "/save! instead of /save replaces it."
        ) from error
    except FileNotFoundError as error:
        if path.parent.is_dir():  # such as /proc
            raise UsageError(f"No file can be made in {path.parent}.", "Give another path.") from error
        raise UsageError(f"There is no folder {path.parent}.", "Make it first, or give another.") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file can be called so"
        raise UsageError(f"{path} could not be written: {why}.", "Give another path.") from error


def _replace(path: Path, code: str) -> None:
    """The file is the old one or the new one, whole; one that is a link elsewhere stays one."""
    path = path.resolve()
    if not path.is_file():
        raise UsageError(f"{path} is no file.", "Give another path.")
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with aside.open("x", encoding="utf-8", errors="replace") as file:
            file.write(code)
        aside.chmod(path.stat().st_mode & 0o777)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
