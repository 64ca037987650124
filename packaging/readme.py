"""Writes the parts of README.md that are made from the program: keys, and the embedded model's worth.

python packaging/readme.py            rewrites the parts between the markers
"""

import json
import re
from pathlib import Path

from r1chat.core.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "packaging" / "tiny" / "results.json"


def keys() -> str:
    """The table of keys and slash commands, from the one table of commands."""
    rows = [f"| {entry.key_label} | {_code(entry.slash_label)} | {_cell(entry.help)} |" for entry in COMMANDS]
    return "\n".join(("| key | command | what it does |", "|---|---|---|", *rows))


def _cell(words: str) -> str:
    return words.replace("|", r"\|")


def _code(words: str) -> str:
    return f"`{_cell(words)}`" if words else ""


def tiny() -> str:
    """What the embedded model gets right on problems it never saw, by family, from the evaluation's file."""
    families = json.loads(RESULTS.read_text(encoding="utf-8"))["families"]
    columns = (
        ("greedy", "greedy"),
        ("sampled", "0.6 / 0.95"),
        ("cons16", "cons@16"),
        ("sampled_off", "no thought"),
    )
    votable = [row for name, row in families.items() if name != "chat"]  # no result there to vote on
    used = [(key, title) for key, title in columns if all(key in row for row in votable)]
    lines = ["| kind | " + " | ".join(title for _, title in used) + " |", "|---|" + "---:|" * len(used)]
    for name, row in families.items():
        cells = [f"{100 * row[key]:.0f} %" if key in row else "–" for key, _ in used]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def filled(text: str) -> str:
    """`text` with every marked part made anew."""
    for name, make in (("keys", keys), ("tiny", tiny)):
        part = f"<!-- {name} -->\n{make()}\n<!-- /{name} -->"
        text = re.sub(f"<!-- {name} -->.*?<!-- /{name} -->", lambda _found, p=part: p, text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
