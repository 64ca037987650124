"""Short exercises in what the traces lean on: copying, spelling, counting, comparing, small facts."""

from random import Random

from teacher import calc
from teacher.add import Add
from teacher.base import Turn
from teacher.compared import comparing
from teacher.divmod_ import DivMod
from teacher.letters import held_word, trained_word
from teacher.mul import Mul
from teacher.pieces import pieces
from teacher.sub import Sub

Fact = tuple[str, str]

ADD, SUB, MUL, DIV = Add(), Sub(), Mul(), DivMod()


def _number(rng: Random) -> str:
    digits = rng.choice((1, 2, 2, 3, 3, 4, 5))
    text = str(rng.randrange(10 ** (digits - 1), 10**digits))
    if rng.random() < 0.15:
        text = f"-{text}"
    elif rng.random() < 0.15:
        text += f".{rng.randrange(1000)}"
    return text


def repetitive(rng: Random) -> str:
    """A word or a number of few different signs: what came after a sign says little of what comes next."""
    while True:
        few = rng.sample(
            "0123456789" if rng.random() < 0.35 else "abcdefghijklmnopqrstuvwxyz", rng.randint(2, 4)
        )
        text = "".join(rng.choice(few) for _ in range(rng.randint(3, 9)))
        if not held_word(text):
            return text


def copying(rng: Random) -> Turn:
    """Numbers or words to be repeated exactly."""
    mood = rng.random()
    if mood < 0.35:
        items = [_number(rng) for _ in range(rng.randint(1, 6))]
    elif mood < 0.65:
        items = [repetitive(rng) for _ in range(rng.randint(1, 5))]
    else:
        items = [trained_word(rng) for _ in range(rng.randint(1, 5))]
    text = rng.choice((", ", " ")).join(items)
    lead = rng.choice(("Repeat: ", "Copy: ", "Say: ", "Write: ", "Repeat this: "))
    return Turn(lead + text, (), text)


def spelling(rng: Random) -> Turn:
    """Words letter by letter, by way of their pieces."""
    words = [trained_word(rng) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.3:
        words = [word for word in map(repetitive, [rng] * len(words)) if word.isalpha()] or words
    lines = []
    for word in words:
        split = pieces(word)
        lines += ["-".join(split), *(f"{piece}: {' '.join(piece.strip())}" for piece in split)]
    lead = rng.choice(("Spell {}", "Spell: {}", "Letters of {}", "spell {}"))
    question = lead.format(rng.choice((", ", " ")).join(words))
    return Turn(question, (("\n".join(lines), True),), ", ".join(" ".join(word) for word in words))


def counting(rng: Random) -> Turn:
    """A letter counted in letters that already stand apart."""
    letters = [rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(2, 12))]
    wanted = rng.choice(letters)
    letters = [wanted if rng.random() < 0.3 else letter for letter in letters]
    count, steps = 0, []
    for letter in letters:
        count += letter == wanted
        steps.append(f" {letter}/{wanted} {'yes' if letter == wanted else 'no'} {count}")
    question = f"Count {wanted} in: {' '.join(letters)}"
    return Turn(question, ((f"{''.join(steps)}\n{count} in all", True),), f"\\boxed{{{count}}}")


def fact(rng: Random) -> tuple[str, str]:
    """A small sum, difference, product or quotient with the line that works it out."""
    kind = rng.choices((_sum, _difference, _product, _long_product, _quotient, _signed), (2, 2, 3, 1, 2, 2))[
        0
    ]
    found = kind(rng)
    while found is None:
        found = kind(rng)
    return found


def _sum(rng: Random) -> Fact | None:
    a, b = rng.randint(0, 99), rng.randint(0, 99)
    return None if ADD.held((a, b)) else (f"{a}+{b}", calc.plus(a, b))


def _difference(rng: Random) -> Fact | None:
    a, b = rng.randint(0, 120), rng.randint(0, 99)
    return None if SUB.held((a, b)) else (f"{a}-{b}", calc.minus(a, b))


def _product(rng: Random) -> Fact | None:
    a, b = rng.randint(0, 12), rng.randint(0, 12)
    return f"{a}×{b}", calc.times(a, b)


def _long_product(rng: Random) -> Fact | None:
    a, b = rng.randint(13, 48), rng.randint(1, 7)
    if a * b >= 150 or MUL.held((a, b)):
        return None
    return f"{a}×{b} at once", f"{a}×{b}={a * b}"


def _quotient(rng: Random) -> Fact | None:
    b = rng.randint(2, 12)
    a = b * rng.randint(0, 12) + (rng.randrange(b) if rng.random() < 0.4 else 0)
    if a % b == 0:
        return f"{a}÷{b}", calc.over(a, b)
    return None if DIV.held((a, b)) else (f"{a} by {b}", f"{a}={a // b}×{b}+{a % b}")


def _signed(rng: Random) -> Fact | None:
    a, b = rng.randint(-60, 60), rng.randint(-40, 40)
    x, y = abs(a), abs(b)
    if ADD.held((x, y)) or SUB.held((x, y)) or SUB.held((y, x)):
        return None
    shown = f"({b})" if b < 0 else str(b)
    if rng.random() < 0.5:
        return f"{a}+{shown}", calc.plus(a, b)
    return f"{a}-{shown}", calc.minus(a, b)


def facts(rng: Random) -> Turn:
    """Several small facts, one a line."""
    asked, lines = zip(*(fact(rng) for _ in range(rng.randint(2, 8))), strict=True)
    lead = rng.choice(("Facts: ", "One by one: ", "Drill: ", "Short sums: "))
    ends = ", ".join(item.rsplit("=", 1)[-1].rsplit("so ", 1)[-1] for item in lines)
    return Turn(lead + ", ".join(asked), (("\n".join(lines), True),), ends)


def drill(rng: Random) -> Turn:
    """One drill of any kind."""
    kind = rng.choices((copying, spelling, counting, comparing, facts), (24, 22, 10, 22, 22))[0]
    return kind(rng)
