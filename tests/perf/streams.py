"""Long replies to stream: a thought, and answers that are one fence, one table, one paragraph, one list."""

import random

WORDS = [
    "so",
    "then",
    "I",
    "take",
    "five",
    "from",
    "both",
    "sides",
    "once",
    "more",
    "and",
    "the",
    "sum",
    "of",
    "these",
    "two",
    "numbers",
    "is",
    "less",
    "than",
    "what",
    "was",
    "asked",
    "for",
    "because",
    "every",
    "prime",
    "above",
    "three",
    "leaves",
    "one",
    "or",
    "five",
    "when",
    "divided",
    "by",
    "six",
    "which",
    "means",
    "we",
    "may",
    "try",
    "only",
    "those",
    "let",
    "me",
    "check",
    "this",
    "again",
    "with",
    "a",
    "smaller",
    "case",
    "where",
    "the",
    "answer",
    "is",
    "known",
    "and",
    "see",
    "whether",
    "it",
    "still",
    "holds",
]


def _words(source: random.Random, count: int) -> str:
    return " ".join(source.choice(WORDS) for _ in range(count))


def thought(tokens: int) -> str:
    """Short paragraphs, of about so many words and signs."""
    source = random.Random(1)
    parts: list[str] = []
    made = 0
    while made < tokens:
        count = source.randint(12, 60)
        lead = source.choice(("Wait, ", "Let me check: ", "So ", "Now "))
        parts.append(f"{lead}{_words(source, count)} = {source.randint(1, 9999)}.")
        made += count + 5
    return "\n\n".join(parts)


def fence(lines: int) -> str:
    """Python."""
    source = random.Random(2)
    code: list[str] = []
    while len(code) < lines:
        name = "_".join(source.choice(WORDS) for _ in range(2))
        code += [f"def {name}(a: int, b: int) -> int:", f'    """{_words(source, 6).capitalize()}."""']
        code += [
            f"    {source.choice(WORDS)}_{n} = a * {source.randint(1, 999)} + b  # {_words(source, 3)}"
            for n in range(source.randint(2, 9))
        ]
        code += [f'    return {source.choice(WORDS)}_0 if a < b else len("{_words(source, 3)}")', "", ""]
    return "```python\n" + "\n".join(code[:lines]) + "\n```\n"


def table(rows: int) -> str:
    """Four columns, one of them long."""
    source = random.Random(3)
    lines = ["| Number | Name | What it says | Value |", "|---:|---|---|---:|"]
    lines += [
        f"| {n} | **{source.choice(WORDS)}** {source.choice(WORDS)} "
        f"| {_words(source, source.randint(3, 16))} | {source.randint(1, 10**6):,} |"
        for n in range(rows)
    ]
    return "\n".join(lines) + "\n"


def paragraph(words: int) -> str:
    """One line, with what Markdown marks in it here and there."""
    source = random.Random(4)
    parts: list[str] = []
    while len(parts) < words:
        word = source.choice(WORDS)
        look = source.random()
        if look < 0.03:
            word = f"**{word} {source.choice(WORDS)}**"
        elif look < 0.05:
            word = f"`{word}`"
        elif look < 0.06:
            word = f"\\(x^{source.randint(2, 9)}\\)"
        elif look < 0.12:
            word += "."
        parts.append(word)
    return " ".join(parts)


def steps(items: int) -> str:
    """A numbered list, as models like to answer."""
    source = random.Random(5)
    return "\n".join(
        f"{n}. **{source.choice(WORDS).capitalize()}**: {_words(source, 25)}\n   - {_words(source, 9)}"
        for n in range(1, items + 1)
    )
