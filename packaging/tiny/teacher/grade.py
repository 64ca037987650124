"""Whether an answer is right, lenient about how it is written."""

import ast
import operator
import re
from collections.abc import Hashable
from fractions import Fraction
from math import gcd
from typing import Final

from teacher.base import Problem

_ACTIONS: Final = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


SHORT: Final = {
    "foot": "feet", "ft": "feet", "inches": "inch", "in": "inch", "century": "centurie", "h": "hour",
    "hr": "hour", "min": "minute", "s": "second", "sec": "second", "m": "meter", "cm": "centimeter",
    "mm": "millimeter", "km": "kilometer", "kg": "kilogram", "g": "gram", "l": "liter", "ml": "milliliter",
    "lb": "pound", "oz": "ounce", "yd": "yard",
}  # fmt: skip


def boxed(text: str) -> str | None:
    """What stands in the last \\boxed{…}, braces inside allowed; None without one."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len("\\boxed{")
    for place in range(begin - 1, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin:place]
    return None


def plain(text: str) -> str:
    """The text with one kind of minus and times, fractions as a/b, no LaTeX around it."""
    text = text.replace("−", "-").replace("·", "×").replace("*", "×")
    text = text.replace(r"\times", "×").replace(r"\cdot", "×").replace("$", "")
    text = re.sub(r"(\d)\s*(?=\\d?frac)", r"\1 ", text)
    text = re.sub(r"\\d?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", text)
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", text)
    text = re.sub(r"(^|[=,(]|\bor)\s*-\s+(?=\d)", r"\1-", text)  # a sign, not a difference
    text = re.sub(r"(?:±|\\pm)\s*(\d+(?:/\d+|\.\d+)?)", r"-\1, \1", text)
    text = re.sub(r"(\d)(?:\{,\}|\\,|,)(?=\d{3}(?:\D|$))", r"\1", text)  # 1,000
    return text.strip().rstrip(".")


def numbers(text: str) -> list[Fraction]:
    """All numbers in the text, in their order; 1 1/2 is one of them."""
    found = re.findall(r"-?\d+ +\d+/\d+|-?\d+(?:/\d+|\.\d+)?", plain(text))
    return [_number(item) for item in found if not re.search(r"/0+$", item)]


def _number(text: str) -> Fraction:
    """A number as written; of -1 1/2 both parts are below zero."""
    whole, _, part = text.rpartition(" ")
    if not whole:
        return Fraction(part)
    return Fraction(whole) + (-Fraction(part) if whole[0] == "-" else Fraction(part))


def units(text: str) -> list[str]:
    """The unit behind each number, in one form for one and for many; empty where none is written."""
    return [_unit(word.lower()) for word in re.findall(r"\d[\d.]*\s*([a-zA-Z]*)", plain(text))]


def _unit(word: str) -> str:
    word = word.replace("metre", "meter").replace("litre", "liter")
    return SHORT.get(word, word).removesuffix("s")


def clock(text: str) -> tuple[int, int] | None:
    """A time of day, am and pm heeded; None when it is none."""
    short = plain(text).lower().replace(".", "").strip()
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?\s*(?:h|o'clock)?\s*(am|pm)?", short)
    if not found:
        return None
    hour = int(found[1]) % 24
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return hour, int(found[2])


def polynomial(text: str) -> dict[int, int] | None:
    """Exponents and coefficients of a polynomial in x; None when it is none."""
    short = plain(text).replace(" ", "").replace("**", "^").replace("{", "").replace("}", "")
    for place, mark in enumerate("⁰¹²³⁴⁵⁶"):
        short = short.replace(mark, f"^{place}")
    terms: dict[int, int] = {}
    place = 0
    for match in re.finditer(r"([+-]?)(\d*)(?:×?(x)(?:\^(\d+))?)?", short):
        sign, size, unknown, exponent = match.groups()
        if match.start() != place or match.end() == match.start():
            break
        if not size and not unknown:
            return None
        power = int(exponent or 1) if unknown else 0
        terms[power] = terms.get(power, 0) + int(sign + (size or "1"))
        place = match.end()
    if place != len(short) or not short:
        return None
    return {power: size for power, size in terms.items() if size}


def value(text: str) -> tuple[Fraction, list[int]] | None:
    """An expression's value and the numbers used in it; None when it is no such expression."""
    short = plain(text).replace("×", "*").replace("÷", "/").replace(" ", "").split("=")[0]
    if len(short) > 60 or not re.fullmatch(r"[\d+\-*/()]+", short):
        return None
    try:
        tree = ast.parse(short, mode="eval")
        used: list[int] = []
        return _walk(tree.body, used), used
    except (SyntaxError, ZeroDivisionError, TypeError):
        return None


def _walk(node: ast.expr, used: list[int]) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        used.append(node.value)
        return Fraction(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _ACTIONS:
        action = _ACTIONS[type(node.op)]
        return Fraction(action(_walk(node.left, used), _walk(node.right, used)))
    raise TypeError("not an expression of the game")


def is_right(problem: Problem, answer_text: str) -> bool:
    """Whether the answer's last boxed result (the wording, for chat) fits the problem."""
    if problem.family == "chat":
        return problem.expected.lower() in answer_text.lower()
    if problem.family == "followup" and all(act in ("again", "why") for act, _ in problem.data[2]):
        family, data, _ = problem.data
        return is_right(Problem(family, problem.question, problem.expected, data), answer_text)
    found = boxed(answer_text)
    if problem.family == "quadratic" and not numbers(problem.expected):
        return found is None and problem.expected in answer_text
    return found is not None and _fits(problem, found)


def _fits(problem: Problem, found: str) -> bool:
    """Whether the boxed text is the problem's result."""
    match problem.family:
        case "countdown":
            *given, target = problem.data
            return _made(found, target, given)
        case "fractions" if problem.data[:1] == ("s",):
            return _same(numbers(found), numbers(problem.expected), problem.family) and _lowest(found)
        case "derivative":
            return polynomial(found) == polynomial(problem.expected)
        case "quadratic":
            return set(numbers(found)) == set(numbers(problem.expected))
        case "units" if problem.data[0] == "clock":
            return clock(found) is not None and clock(found) == clock(problem.expected)
        case _:
            named = zip(units(found), units(problem.expected), strict=False)
            right_units = problem.family != "units" or all(got in ("", want) for got, want in named)
            return right_units and _same(numbers(found), numbers(problem.expected), problem.family)


def meaning(problem: Problem, answer_text: str) -> Hashable:
    """What an answer comes to, the same for all ways to write it; None when it gives no result."""
    found = boxed(answer_text)
    family = problem.family
    if family == "followup" and all(act in ("again", "why") for act, _ in problem.data[2]):
        family, data, _ = problem.data
        return meaning(Problem(family, problem.question, problem.expected, data), answer_text)
    if found is None:
        return "none" if family == "quadratic" and "no whole-number solution" in answer_text else None
    return _meant(problem, found) or plain(found).replace(" ", "")


def _meant(problem: Problem, found: str) -> tuple[Hashable, ...] | None:
    """The value of a boxed text; None when it cannot be read as one."""
    match problem.family:
        case "countdown":
            worth = value(found)
            return None if worth is None else (worth[0], *sorted(worth[1]))
        case "derivative":
            terms = polynomial(found)
            return None if terms is None else ("terms", *sorted(terms.items()))
        case "quadratic":
            return tuple(sorted(set(numbers(found))))
        case "units" if problem.data[0] == "clock":
            return clock(found)
        case "fractions" if problem.data[:1] == ("s",):
            return tuple(numbers(found)), _lowest(found)
        case _:
            return tuple(numbers(found))


def _made(text: str, target: int, given: list[int]) -> bool:
    """Whether the numbers given, each once, make the target, and what follows an equals sign agrees."""
    first, *claimed = map(value, plain(text).split("="))
    if first is None or sorted(first[1]) != sorted(given):
        return False
    return all(side is not None and side[0] == target for side in (first, *claimed))


def _lowest(text: str) -> bool:
    """Whether every fraction in the text is cancelled; asked to cancel, the question is no answer."""
    written = re.findall(r"(\d+)/(\d+)", plain(text))
    return all(gcd(int(top), int(bottom)) == 1 for top, bottom in written)


def _same(got: list[Fraction], want: list[Fraction], family: str) -> bool:
    if family in ("divmod", "units") and len(got) != len(want):
        got, want = _unpadded(got), _unpadded(want)
    return bool(got) and got == want


def _unpadded(items: list[Fraction]) -> list[Fraction]:
    """Without a closing zero, as in 7 remainder 0."""
    return items[:-1] if len(items) == 2 and items[1] == 0 else items
