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
        x = top[place]
        y = bottom[place] if place < len(bottom) else 0
        taken = "-1" if borrow else ""
        lent = 10 if x - borrow < y else 0
        steps.append(f"{x + lent}{taken}-{y}={x + lent - borrow - y}")
        borrow = 1 if lent else 0
    return f"{a}-{b}: {', '.join(steps)}, so {a - b}"


def plus(a: int, b: int) -> str:
    """The line for a+b; signs are settled first, columns follow where both are long."""
    if b < 0:
        return minus(a, -b)
    if a < 0:
        inner = minus(-a, b) if -a > b else minus(b, -a)
        return f"{inner}, so {a}+{b}={a + b}"
    if min(a, b) < 10 and max(a, b) < 100:
        return f"{a}+{b}={a + b}"
    return _columns_plus(a, b)


def minus(a: int, b: int) -> str:
    """The line for a-b; a negative result is found from the difference the other way round."""
    if b < 0:
        return f"{a}-({b})={a}+{-b}, {plus(a, -b)}"
    if a < 0:
        return f"{plus(-a, b)}, so {a}-{b}={a - b}"
    if a < b:
        return f"{minus(b, a)}, so {a}-{b}={a - b}"
    if a <= 20 or (b < 10 and a < 100):
        return f"{a}-{b}={a - b}"
    return _columns_minus(a, b)


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
        whole = f"{a}×{_bracket(b)}={a * b}"
        return whole if max(abs(a), abs(b)) <= 12 else f"{times(abs(a), abs(b))}, so {whole}"
    if max(a, b) <= 12 or min(a, b) <= 1 or a in (10, 100, 1000) or b in (10, 100, 1000):
        return f"{a}×{b}={a * b}"
    if b <= 9:
        return _by_digit(a, b)
    if a <= 9:
        return f"{a}×{b}={b}×{a}, {_by_digit(b, a)}"
    return _by_two_digits(a, b)


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


def multiples(a: int, b: int) -> str:
    """How often b goes into a (below ten times), by the multiples of b, with the rest."""
    steps = []
    for count in range(1, 11):
        if count * b > a:
            steps.append(f"{count}×{b}={count * b} is too big")
            break
        steps.append(f"{count}×{b}={count * b}")
        if count * b == a:
            return ", ".join(steps) + f", so {count} rest 0"
    whole, rest = divmod(a, b)
    return ", ".join(steps) + f", {minus(a, whole * b)}, so {whole} rest {rest}"


def long_division(a: int, b: int) -> list[str]:
    """The steps of a÷b digit by digit, each as chunk=digit×b+rest."""
    steps: list[str] = []
    rest = 0
    for digit in str(a):
        chunk = rest * 10 + int(digit)
        rest = chunk % b
        if steps or chunk >= b:
            steps.append(f"{chunk}={chunk // b}×{b}+{rest}")
    return steps or [f"{a}=0×{b}+{a}"]


def over(a: int, b: int) -> str:
    """The line for a÷b where b divides a."""
    if a < 0 or b < 0:
        right = f"({b})" if b < 0 else f"{b}"
        if max(abs(b), abs(a // b)) <= 12:
            return f"{a}÷{right}={a // b}"
        return f"{over(abs(a), abs(b))}, so {a}÷{right}={a // b}"
    if b == 1 or (b <= 12 and a <= 12 * b) or b in (10, 100, 1000):
        return f"{a}÷{b}={a // b}"
    if b <= 12:
        return f"{a}÷{b}: {', '.join(long_division(a, b))}, so {a // b}"
    return f"{a}÷{b}: {multiples(a, b)}"
