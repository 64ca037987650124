"""Questions just outside of what the model can do, and signs that mean nothing: both are to be declined."""

import re
from random import Random
from typing import Final

from teacher.ops import GREATEST

# {n} below 1000, {m} below 41, {d} a digit from 1, {N} five digits or more, {f} a number with a point
_FUNCTIONS: Final = (
    "sin x", "sin(x)", "cos x", "cos({m})", "tan x", "sin({m})", "sin {m}", "What is sin({m}°)?", "tan({m})",
    "What is cos {m}?", "log {n}", "log({n})", "ln {n}", "ln x", "What is log {n}?", "e^{d}", "e^x",
    "sqrt {n}", "√{n}", "sqrt(x)", "√x", "What is √{n}?", "cube root of {n}", "the square root of {n}",
    "arcsin({d})", "|-{m}|", "{m}!", "{d}!", "What is {m}!?", "{m} factorial", "factorial of {d}",
    "{m} choose {d}", "{n} mod {m}", "{m}^{N}", "{m}^0.5", "2^-{d}", "What is {m}^{n}?", "{n}^{m}",
)  # fmt: skip
_ALGEBRA: Final = (
    "{d}x + {m}x", "{d}x - x", "Simplify {d}x + {m}x", "expand (x+{d})^2", "Expand (x + {d})(x - {m}).",
    "factor x^2 - {m}", "Factor x^2 + {m}x + {n}", "x^3 = {n}", "Solve x^3 + x = {n}", "x^4 - {m} = 0",
    "{d}x + y = {m}", "x + y = {m}", "Solve {d}x + {m}y = {n}", "x + y = {m}, x - y = {d}", "y = {d}x + {m}",
    "{d}x > {m}", "Solve {d}x + {m} < {n}", "|x| = {m}", "|x - {d}| = {m}", "1/x = {m}", "sqrt(x) = {m}",
    "{d}^x = {n}", "2^x = {n}", "log x = {d}", "a + b = {m}", "Solve for y: {d}y + x = {m}", "xy = {m}",
    "derivative of sin x", "What is the derivative of sin(x)?", "derivative of e^x", "derivative of ln x",
    "derivative of 1/x", "derivative of sqrt(x)", "derivative of x^x", "d/dx cos x", "d/dx e^{d}x",
    "What is the derivative of cos({d}x)?", "derivative of (x+{d})(x-{m})", "derivative of x sin x",
    "integrate x^{d}", "integral of x^{d}", "∫x^{d} dx", "What is the integral of {d}x + {m}?", "∫ x dx",
    "limit of 1/x", "What is the limit of {d}/x for x to 0?", "sum of 1/n^2", "Solve x = cos x", "i^2",
)  # fmt: skip
_LONG: Final = (
    "{N} + {N}", "{N}+{n}", "What is {N} + {N}?", "{N} - {N}", "What is {N} - {n}?", "{N} × {d}", "{N}*{N}",
    "What is {N} × {n}?", "{N} / {d}", "{N} ÷ {m}", "What is {N} divided by {d}?", "{N}:{d}", "{n} + {N}",
    "Add {N} and {N}.", "{N} times {m}", "{N} minus {N}", "{d}{d}{n} × {m}{d}", "gcd({N}, {m})",
    "lcm({N}, {n})", "gcd of {n}{d}{d} and {n}", "{d}% of {N}", "Is {N} even?", "{d} × {N}", "{N} plus {N}",
    "{N}-{N}", "Calculate {N} + {N}.", "{N}", "{d}{m}5×{m}{d}", "{N} + {N} = ?", "{N} * {m}", "{N}x{N}",
)  # fmt: skip
_POINTS: Final = (
    "{f} + {f}", "{f}+{f}", "What is {f} + {f}?", "{f} - {f}", "{f} × {d}", "{f} * {f}", "{f} / {d}",
    "What is {f} times {d}?", "Add {f} and {f}.", "{d} - {f}", "{f} + {m}", "{d}.{d} squared",
    "round {f}", "Round {f} to a whole number.", "{f} as a fraction", "Write {f} as a fraction",
    "1/{m} as a decimal", "{d}/{m} as a decimal", "What is {d}/7 as a decimal?", "{n} in scientific notation",
)  # fmt: skip
_KNOWN: Final = (
    "How many seconds are in a year?", "how many seconds in a day", "How many days are in February?",
    "How many weeks are in a month?", "How many days in a month?", "{m} miles in kilometers",
    "Convert {m} miles to km.", "{m} Celsius in Fahrenheit", "Convert {m} degrees Fahrenheit to Celsius.",
    "{m} inches in centimeters", "Convert {m} pounds to kilograms.", "{m} dollars in euros",
    "How many euros are {m} dollars?", "How many bytes are in a megabyte?", "{m} km/h in m/s",
    "How many kilometers is a light year?", "How many teaspoons are in a cup?", "{m} gallons in liters",
    "average of {d}, {m} and {m}", "What is the average of {m} and {n}?", "mean of {m}, {m}, {m}",
    "median of {d}, {m}, {n}", "standard deviation of {d}, {m}", "What percent of {n} is {m}?",
    "{m} is {d}% of what?", "What percentage is {m} of {n}?", "Is {n} prime?", "is {m} a prime number",
    "prime factors of {n}", "factor {n}", "{n} in binary", "{n} in hex", "{m} in Roman numerals",
    "next prime after {n}", "1, 1, 2, 3, 5, ?", "1, 1, 2, 3, 5, 8", "2, 3, 5, 7, 11, ?",
    "What comes next: 1, 1, 2, 3, 5?", "Which is bigger, {d}/{m} or {d}/{n}?",
    "{d}/3 or {d}/4, what is more?",
    "area of a circle with radius {d}", "area of a square with side {m}", "volume of a cube with side {d}",
    "perimeter of a {d} by {m} rectangle", "hypotenuse of {d} and {m}", "How many degrees has a triangle?",
    "probability of two sixes", "chance of rolling a {d}", "roll a die", "Give me a random number.",
    "sum of the first {n} numbers", "1+2+3+...+{n}", "How many digits does {m}^{n} have?", "vowels in banana",
    "reverse {N}", "Sort {m}, {d}, {n}.", "reverse the word hello", "rhymes with cat", "anagram of listen",
)  # fmt: skip
NEAR: Final = (_FUNCTIONS, _ALGEBRA, _LONG, _POINTS, _KNOWN)
ZERO: Final = (
    "{n}÷0", "{n}/0", "{n} / 0", "{n} ÷ 0", "{d}/0", "{d}÷0", "What is {n} / 0?", "What is {d} divided by 0?",
    "{n}:0", "divide {n} by 0", "Divide {d} by zero.", "0/0", "1/0", "10÷0", "{m} ÷ 0 = ?", "compute {m}/0",
)  # fmt: skip
_EMOJI: Final = "😀😂🙂😭😡👍👎❤️🔥🎉🚀🐱🐶🍕🌍⭐💯🤖🙏🥳😎🤔👋🏳️✨💩🎂⚽🍎"
_MARKS: Final = "#$%&@!?.,;:*/\\|~^_-+=<>()[]{}\"'`°§€£¿¡"
_LETTERS: Final = (
    "абвгдежзийклмнопрстуфхцчшщыэюя", "αβγδεζηθικλμνξοπρστυφχψω", "你好吗我是中国人天气今很大小在哪里谢",
    "あいうえおかきくけこさしすせそアイウエオカキ漢字日本語", "가나다라마바사아자차카타파하안녕하세요",
    "אבגדהוזחטיכלמנסעפצקרשת", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "ąćęłńóśźżäöüßéèêçñøåæ", "नमस्तेहिन्दीकखगघ",
)  # fmt: skip
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def near(rng: Random) -> str:
    """A question that looks like those it can answer."""
    while True:
        text = filled(rng.choice(rng.choice(NEAR)), rng)
        power = re.search(r"(\d+)\^(\d+)", text)
        if not power or len(power[2]) > 3 or int(power[1]) ** int(power[2]) > GREATEST:
            return text


def zero(rng: Random) -> str:
    """A division by nothing."""
    return filled(rng.choice(ZERO), rng)


def filled(words: str, rng: Random) -> str:
    """The wording with random numbers in the place of its letters in braces."""
    return re.sub(r"\{([nmdNf])\}", lambda found: _drawn(str(found[1]), rng), words)


def _drawn(name: str, rng: Random) -> str:
    match name:
        case "n":
            return str(rng.randint(100, 999) if rng.random() < 0.6 else rng.randint(2, 99))
        case "m":
            return str(rng.randint(2, 40))
        case "d":
            return str(rng.randint(1, 9))
        case "N":
            return str(rng.randrange(10**4, rng.choice((10**5, 10**5, 10**6, 10**7, 10**9))))
        case _:
            return f"{rng.choice((0, rng.randint(0, 9), rng.randint(1, 99)))}.{rng.randint(1, 99)}"


def noise(rng: Random) -> str:
    """Signs without a meaning: emoji, marks, keys hit at random, other scripts, mixtures."""
    kind = rng.choice((_EMOJI, _MARKS, "letters", "letters", "keys", "keys", "one", "mix"))
    match kind:
        case "letters":
            script = rng.choice(_LETTERS)
            count = rng.randint(1, 4)
            return " ".join("".join(rng.choices(script, k=rng.randint(1, 9))) for _ in range(count))
        case "keys":
            row = rng.choice(_KEYS)
            hit = rng.choices(row, k=rng.randint(4, 14))
            return rng.choice(
                ("".join(hit), row[: rng.randint(3, 10)], "".join(hit) + str(rng.randint(0, 999)))
            )
        case "one":
            sign = rng.choice([*_EMOJI, *_MARKS, *"abcdefghijklmnopqrstuvwz"])
            return "".join([sign] * rng.choice((1, 1, 2, 3, 5, 9, 20)))
        case "mix":
            signs = _EMOJI + _MARKS + "abcxyz" + rng.choice(_LETTERS)
            return "".join(rng.choices(signs, k=rng.randint(2, 15))).strip() or "?"
        case _:
            return "".join(rng.choices(kind, k=rng.randint(1, 6))).strip() or "!"
