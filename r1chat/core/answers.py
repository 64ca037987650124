"""The final answer of a reply, and where its thought states it."""

import re

_BOXED = re.compile(r"\\boxed\s*\{")
_NUMBER = re.compile(r"(?<![\w.,])[-−]?\d[\d,]*(?:\.\d+)?(?![\w])")
_STATED = (
    r"(?:[=≈:→]|\b(?:is|are|be|equals|gives|get|makes|leaves|to|answer|so|thus|hence|therefore)\b,?"
    r"|是|为|得|等于|所以|\\boxed\{)"
)
_DRESS = r"[\s$*(\\\[{]*"


def final_answer(text: str) -> str:
    r"""What an answer comes to: its last `\boxed{…}`, else its last number; empty where it has neither."""
    boxed = ""
    for match in _BOXED.finditer(text):
        boxed = _braced(text, match.end()) or boxed
    numbers = _NUMBER.findall(text)
    return boxed or (numbers[-1] if numbers else "")


def first_stated(thought: str, answer: str) -> int | None:
    """Where the thought first states `answer` as a result; None where it never does.

    A number that is merely mentioned, as those of the question are, is no result: there must be an equals
    sign or a word such as `is` before it.
    """
    if not answer.strip():
        return None
    end = r"(?![\w]|[.,]\d)" if answer[-1].isalnum() else ""
    found = re.search(rf"{_STATED}{_DRESS}(?P<answer>{re.escape(answer.strip())}){end}", thought)
    return found.start("answer") if found else None


def _braced(text: str, start: int) -> str:
    """What stands up to the brace that closes; empty where none does."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return text[start:at].strip()
    return ""
