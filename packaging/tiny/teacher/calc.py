"""Sums, differences, products and quotients as one line with the digits' work written out."""


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


def _columns_plus(a: int, b: int) -> str:
    top, bottom = _digits(a), _digits(b)
    carry, steps = 0, []
    for place in range(max(len(top), len(bottom))):
        x = top[place] if place < len(top) else 0
        y = bottom[place] if place < len(bottom) else 0
        steps.append(f"{x}+{y}" + (f"+{carry}" if carry else "") + f"={x + y + carry}")
        carry = (x + y + carry) // 10
    return f"{a}+{b}: {', '.join(steps)}, so {a + b}"


def _columns_minus(a: int, b: int) -> str:
    top, bottom = _digits(a), _digits(b)
    borrow, steps = 0, []
    for place in range(len(top)):
        y = bottom[place] if place < len(bottom) else 0
        step, _, borrow = column(top[place], y, borrow)
        steps.append(step)
    return ", ".join(steps)


def column(x: int, y: int, borrow: int) -> tuple[str, int, int]:
    """One column of a difference: its text, its digit and what it borrows.

    Both digits are written before it is said whether to borrow, so that nothing is decided blindly.
    """
    taken = "-1" if borrow else ""
    text = f"{x}{taken}-{y}"
    if x - borrow >= y:
        return f"{text}={x - borrow - y}", x - borrow - y, 0
    digit = x + 10 - borrow - y
    return f"{text} borrow {x + 10}{taken}-{y}={digit}", digit, 1


def against(a: int, b: int) -> str:
    """What decides which of two whole numbers not below zero is bigger: lengths, or the first other digit."""
    left, right = str(a), str(b)
    if len(left) != len(right):
        return f"{len(left)}{_relation(a, b)}{len(right)} digits"
    return _digit_by_digit(left, right)


def order(a: int, b: int) -> str:
    """Which of two whole numbers not below zero is bigger, by their lengths or digit by digit."""
    left, right = str(a), str(b)
    if len(left) != len(right):
        return f"{a} and {b}: lengths {len(left)} and {len(right)}, {a}{_relation(a, b)}{b}"
    return f"{a} and {b}: {_digit_by_digit(left, right)}, so {a}{_relation(a, b)}{b}"


def _digit_by_digit(left: str, right: str) -> str:
    """Two numbers of one length, down to the first digit in which they part."""
    steps = []
    for x, y in zip(left, right, strict=True):
        steps.append(f"{x}{_relation(int(x), int(y))}{y}")
        if x != y:
            break
    return ", ".join(steps)


def _relation(a: int, b: int) -> str:
    return "=" if a == b else ">" if a > b else "<"


def plus(a: int, b: int) -> str:
    """The line for a+b; signs are settled first, columns follow where both are long."""
    if b < 0:
        return minus(a, -b)
    if a < 0:
        return f"{a}+{b} is {minus(b, -a)}, so {a}+{b}={a + b}"
    if min(a, b) < 10 and max(a, b) < 100:
        return f"{a}+{b}={a + b}"
    return _columns_plus(a, b)


def minus(a: int, b: int) -> str:
    """The line for a-b; which is bigger comes first, so that the sign is never a guess."""
    if b < 0:
        return f"{a}-({b})={a}+{-b}, {plus(a, -b)}"
    if a < 0:
        return f"{a}-{b} below 0, {plus(-a, b)}, so {a}-{b}={a - b}"
    lead = f"{a}-{b}: {against(a, b)}"
    if a == b:
        return f"{lead}, equal, so 0"
    if a > b:
        return f"{lead}, {_difference(a, b)}"
    return f"{lead}, below 0, {'' if _short(b, a) else f'{b}-{a}: '}{_difference(b, a)}, so {a}-{b}={a - b}"


def _difference(a: int, b: int) -> str:
    """a-b where a is known to be bigger."""
    return f"{a}-{b}={a - b}" if _short(a, b) else f"{_columns_minus(a, b)}, so {a - b}"


def _short(a: int, b: int) -> bool:
    """Whether a-b is known by heart."""
    return a <= 20 or (b < 10 and a < 100)


def _by_digit(a: int, b: int) -> str:
    carry, steps = 0, []
    for digit in _digits(a):
        product = b * digit
        steps.append(f"{b}×{digit}={product}")
        if carry:
            steps.append(f"{product}+{carry}={product + carry}")
        carry = (product + carry) // 10
    return f"{a}×{b}: {', '.join(steps)}, so {a * b}"


def times(a: int, b: int) -> str:
    """The line for a×b; beyond the table it goes digit by digit."""
    if a < 0 or b < 0:
        whole = f"{a}×{_bracket(b)}"
        return f"{whole}: {_sign(a, b)}, {times(abs(a), abs(b))}, so {whole}={a * b}"
    if max(a, b) <= 12 or min(a, b) <= 1 or a in (10, 100, 1000) or b in (10, 100, 1000):
        return f"{a}×{b}={a * b}"
    if b <= 9:
        return _by_digit(a, b)
    if a <= 9:
        return f"{a}×{b}={b}×{a}, {_by_digit(b, a)}"
    return _by_two_digits(a, b)


def _sign(a: int, b: int) -> str:
    return "minus" if (a < 0) != (b < 0) else "plus"


def _bracket(b: int) -> str:
    return f"({b})" if b < 0 else str(b)


def _by_two_digits(a: int, b: int) -> str:
    tens, ones = b - b % 10, b % 10
    lead = times(a, tens // 10)
    if not ones:
        return f"{lead}, so {a}×{b}={a * b}"
    return f"{a}×{b}={a}×{tens}+{a}×{ones}, {lead}, so {a}×{tens}={a * tens}, " + (
        f"{times(a, ones)}, {plus(a * tens, a * ones)}"
    )


def trial(count: int, b: int, a: int) -> str:
    """Whether count×b is too big for a."""
    product = count * b
    said = "too big" if product > a else "equal" if product == a else "ok"
    return f"{count}×{b}={product}, {a}: {against(product, a)} {said}"


def multiples(a: int, b: int) -> str:
    """How often b goes into a (below ten times), by the multiples of b, with the rest.

    The number to be reached stands beside every multiple, and which of the two is bigger is worked out.
    """
    steps = []
    for count in range(1, 11):
        product = count * b
        steps.append(trial(count, b, a))
        if product == a:
            return ", ".join(steps) + f", so {count} rest 0"
        if product > a:
            break
    whole, rest = divmod(a, b)
    return ", ".join(steps) + f", {minus(a, whole * b)}, so {whole} rest {rest}"


def long_division(a: int, b: int) -> list[str]:
    """The steps of a÷b digit by digit, each with the nearest multiple and the rest."""
    steps: list[str] = []
    rest = 0
    for digit in str(a):
        chunk = rest * 10 + int(digit)
        rest = chunk % b
        if steps or chunk >= b:
            steps.append(f"{chunk}: {chunk // b}×{b}={chunk - rest} rest {rest}")
    return steps or [f"{a}: 0×{b}=0 rest {a}"]


def over(a: int, b: int) -> str:
    """The line for a÷b where b divides a."""
    if a < 0 or b < 0:
        whole = f"{a}÷{_bracket(b)}"
        return f"{whole}: {_sign(a, b)}, {over(abs(a), abs(b))}, so {whole}={a // b}"
    if b == 1 or (b <= 12 and a <= 12 * b) or b in (10, 100, 1000):
        return f"{a}÷{b}={a // b}"
    if b <= 12:
        return f"{a}÷{b}: {', '.join(long_division(a, b))}, so {a // b}"
    return f"{a}÷{b}: {multiples(a, b)}"
