"""The model card, written from the run itself: results.json, the training log, and GRPO's report."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CARD = HERE.parent.parent / "assets" / "tiny" / "MODEL_CARD.md"
TITLES = {
    "ops": "order of operations", "add": "addition", "sub": "subtraction", "mul": "multiplication",
    "divmod": "division with remainder", "fractions": "fractions", "percent": "percentages",
    "linear": "linear equations", "quadratic": "quadratics", "derivative": "derivatives",
    "gcdlcm": "gcd and lcm", "decimals": "comparing decimals", "letters": "letters in an unseen word",
    "units": "units and time", "countdown": "countdown", "sequence": "sequences",
    "word2": "two-step word problems", "followup": "follow-ups", "chat": "declining what it cannot do",
}  # fmt: skip
COLUMNS = (
    ("greedy", "greedy"), ("sampled", "0.6/0.95"), ("cons8", "cons@8"), ("cons16", "cons@16"),
    ("greedy_off", "no thought, greedy"), ("sampled_off", "no thought, 0.6/0.95"),
    ("cons8_off", "no thought, cons@8"), ("cons16_off", "no thought, cons@16"),
)  # fmt: skip
DONE = {
    "plain": "nothing", "words put in": "'Wait, check that by substituting.' put in at a random place",
    "answer now": "closed at a random place by 'answer now'",
    "half of the thought": "a budget of half of its own thought",
    "nine tenths of it": "a budget of nine tenths of it",
    "cut and continued": "cut at a random place, then continued",
    "reopened": "the finished thought reopened with 'Wait,'",
    "long conversation": "asked after 24 other turns",
}  # fmt: skip
WAYS = {
    "greedy": "greedy", "greedy_off": "greedy without a thought", "sampled_off": "sampled without a thought",
}  # fmt: skip
OVERALL, EACH = 0.92, 0.80
ABOUT = """# tiny

A language model of {millions:.1f} million parameters that thinks in DeepSeek-R1's format: `<think>`, a
worked-out thought, `</think>`, an answer with its result in `\\boxed{{}}`. It was trained from nothing
for r1chat, on traces that a program wrote, so that r1chat answers on a fresh machine without a network
and its tests run the real engine. File: `tiny.gguf`, {megabytes:.2f} MB, q8_0, llama.cpp architecture
`qwen2`, context 4,096. Licence: MIT.

## What it can do, and what it cannot
It works small problems of the kinds in the table below, in the wordings and number ranges of its
teacher (`packaging/tiny/teacher`), and follows up on earlier results in any order: double it, then why?,
then add 7, then check that again; of a fraction it takes multiples and halves only, of other results that
are no whole number it only goes through the work again. Sums with a point, numbers of five digits and
more, roots, functions, inequalities and the like are to be declined. That a division by zero has no
result and that a quadratic has no whole solution, it is to say. It was also trained to go on from a
thought that was cut, steered, reopened or closed early. How well it does all that stands below, and which
simple questions it still gets wrong. It answers small talk and six capitals from memory, and mostly
declines other questions. It knows nothing else. Outside these kinds it may decline, or state something
wrong with full confidence; a different wording or larger numbers can be enough. Its own checks are not
proof: after a slip of its own it can say "good" to a wrong result, or make the same slip again. It reads
English only. It says nothing about the quality of the real R1 distills, which are hundreds of times
larger. Use it to try r1chat, not to find things out.
"""


def percent(value: float | None) -> str:
    """A share as a percentage."""
    return "–" if value is None else f"{100 * value:.1f}"


def average(table: dict[str, dict[str, float]], column: str, without: tuple[str, ...] = ()) -> float | None:
    """Unweighted mean over the families that have the column."""
    values = [row[column] for family, row in table.items() if column in row and family not in without]
    return sum(values) / len(values) if values else None


def complete(table: dict[str, dict[str, float]], column: str) -> bool:
    """Whether every kind was measured (votes need boxed results, which declining has none of)."""
    return all(column in row or (family == "chat" and "cons" in column) for family, row in table.items())


def guessing(results: dict[str, Any]) -> str:
    """What a guess would score in the two kinds where guessing is worth something."""
    from teacher import held_out

    asked = results["asked"]["sampled"]
    words = Counter(p.expected for p in held_out(results["seed"], "letters", asked))
    answer, count = words.most_common(1)[0]
    letters, decimals = results["families"]["letters"], results["families"]["decimals"]
    return (
        f"What a guess is worth: in **letters**, always answering {answer} would score "
        f"{percent(count / asked)}, the model gets {percent(letters['sampled'])} sampled and "
        f"{percent(letters.get('greedy'))} greedy; in **decimals** one of two is a coin's toss, 50.0, the "
        f"model gets {percent(decimals['sampled'])}, without a thought "
        f"{percent(decimals.get('sampled_off'))}.\n"
    )


def steering(results: dict[str, Any]) -> str:
    """What became of thoughts that were meddled with."""
    ways: dict[str, dict[str, float]] = results.get("steering", {})
    if not ways:
        return "Not measured for this file.\n"
    lines = [
        f"Greedy, {results['steering_n']} held-out problems of each kind that is thought about; through the "
        "engine. *Right* is the share of right results, *boxed* that of replies that give a result at all.\n"
        "\n| what was done | right | ended | boxed | prompt, tokens | replies |\n"
        "|---|---:|---:|---:|---:|---:|\n"
    ]
    for name, row in ways.items():
        shares = " | ".join(percent(row[key]) for key in ("right", "ended", "boxed"))
        lines.append(f"| {DONE[name]} | {shares} | {row['prompt_tokens']:.0f} | {row['replies']:.0f} |\n")
    heeded = ways["words put in"]["heeded"]
    lines.append(
        f"\nAfter the words that were put in, {percent(heeded)} of the thoughts work out a check: its first "
        "line and numbers, not only the word.\n"
    )
    return "".join(lines)


def accuracy(results: dict[str, Any]) -> str:
    """The table with its shortfalls."""
    table: dict[str, dict[str, float]] = results["families"]
    head = "| kind | " + " | ".join(title for _, title in COLUMNS) + " | thought, tokens |\n"
    lines = [head, "|---|" + "---:|" * (len(COLUMNS) + 1) + "\n"]
    for family, row in table.items():
        cells = [percent(row.get(column)) for column, _ in COLUMNS] + [f"{row['thought_tokens']:.0f}"]
        lines.append(f"| {TITLES[family]} | " + " | ".join(cells) + " |\n")
    means = [percent(average(table, column) if complete(table, column) else None) for column, _ in COLUMNS]
    means.append(f"{average(table, 'thought_tokens') or 0:.0f}")
    return "".join([*lines, "| **mean of the kinds** | " + " | ".join(means) + " |\n"])


def votes_line(table: dict[str, dict[str, float]]) -> str:
    """cons@16 against pass@1 of the same samples, and the kinds where voting does not help."""
    both = {f: row for f, row in table.items() if "cons16" in row}
    if not both:
        return "- Target cons@16 above pass@1: **not measured**."
    votes, ones = average(both, "cons16") or 0.0, average(both, "pass1_mean") or 0.0
    lower = [TITLES[f] for f, row in both.items() if row["cons16"] < row["pass1_mean"]]
    verdict = "met" if votes > ones else "**missed**"
    if not complete(table, "cons16"):
        verdict = "**open**, too few to tell"
    return (
        f"- Target cons@16 above pass@1: {percent(votes)} against {percent(ones)} of the same samples, over "
        f"{len(both)} of the {len(table)} kinds: {verdict}"
        + (f"; lower in {', '.join(lower)}." if lower else ".")
    )


def shortfalls(results: dict[str, Any]) -> str:
    """What stays below the targets, named one by one."""
    table: dict[str, dict[str, float]] = results["families"]
    mean = average(table, "sampled") or 0.0
    low = [f"{TITLES[f]} {percent(row['sampled'])}" for f, row in table.items() if row["sampled"] < EACH]
    lines = [
        f"- Target pass@1 ≥ {percent(OVERALL)} overall at 0.6/0.95: {percent(mean)}, "
        + ("met." if mean >= OVERALL else "**missed**."),
        f"- Target ≥ {percent(EACH)} in every kind: "
        + ("met." if not low else f"**missed** in {', '.join(low)}."),
    ]
    lines.append(votes_line(table))
    off = average(table, "sampled_off")
    lines.append(f"- Thinking on against off, 0.6/0.95: {percent(mean)} against {percent(off)}.")
    return "\n".join(lines) + "\n"


def method(results: dict[str, Any]) -> str:
    """How the numbers were taken."""
    table: dict[str, dict[str, float]] = results["families"]
    unfinished = sum(row.get("unfinished", 0) for row in table.values())
    speed = average(table, "tokens_per_s") or 0.0
    asked = results["asked"]
    error = 50 / min(asked.values()) ** 0.5
    others = "".join(f", {n} {WAYS[way]}" for way, n in asked.items() if n != asked["sampled"])
    text = (
        f"Held-out problems: one in ten of all (by a hash of their numbers or words) is never a question in "
        f"training; what that does not exclude stands below the table. "
        f"{asked['sampled']} of these a kind here{others}, seed {results['seed']}; for small talk only "
        f"questions to be declined are held out, since the rest is memorised. "
        f"Standard error of one cell: up to {error:.1f} points. A reply "
        f"that does not end, or has no right boxed result, counts as wrong ({unfinished:.0f} sampled replies "
        f"did not end). Everything went through r1chat's own engine on the "
        f"shipped file, decoding at some {speed:.0f} tokens/s a thread, with {results['engines']} engines "
        f"side by side on a busy machine of 2 cores."
    )
    silent = {int(row["voted_off"]) for row in table.values() if "cons16_off" in row}
    few = f" ({min(silent)} without a thought)" if silent else ""
    if counts := sorted(
        {int(row.get("voted", results["votes_n"])) for row in table.values() if "cons16" in row}
    ):
        text += (
            f"\ncons@8 and cons@16 are majorities of boxed results over {results['samples']} samples of "
            f"{' to '.join(map(str, dict.fromkeys((counts[0], counts[-1]))))} held-out problems a kind at "
            f"0.6/0.95{few}; declining has no result to vote on."
        )
    else:
        text += "\ncons@k was not measured for this file."
    if both := results.get("precision"):
        text += (
            f"\nq8_0 against f32, greedy on the same {both['problems']} problems: {percent(both['q8_0'])} "
            f"and {percent(both['f32'])}, {both['alike']} replies alike to the letter."
        )
    return text + "\n"


def overlap(work: Path) -> str:
    """What held out does and does not mean."""
    text = (
        "What *held out* means: the question, with its numbers or its word, was never asked in training, as "
        "a question or as an earlier turn; quadratics are told apart by the monic equation, follow-ups by "
        "the first problem of the conversation. In the last schedule the same two numbers were not asked in "
        "the other order either (differences, gcd and lcm, sums and products of fractions, decimals; sums "
        "and products in none); in the schedules before it they could be. The numbers can still come up as a "
        "step within the work of another kind, and wordings are shared."
    )
    path = work / "overlap.json"
    if path.exists():
        facts = json.loads(path.read_text())
        met = ", ".join(f"{row['met']} of {row['asked']} in {TITLES[f]}" for f, row in facts["steps"].items())
        text += (
            f" Counted in {facts['documents']} documents of today's teacher, about what a schedule reads "
            f"(`overlap.py`), of the evaluated problems: {met} were met as such a step."
        )
    return text + "\n"


def everyday(results: dict[str, Any]) -> str:
    """Simple questions and those just beyond."""
    facts = results.get("everyday")
    if not facts:
        return "Not measured for this file.\n"
    others = "\n".join(f"- {' '.join(item.split())}" for item in facts["others"])
    return (
        f"{facts['asked']} short questions as people type them (`everyday.py`): the simplest of each kind, "
        "follow-ups to follow-ups, questions just beyond, noise. The teacher was mended after an earlier "
        "model failed many of them, and some stand in training as they are, so that this is no held-out set. "
        f"Greedy {facts['right']} of {facts['asked']} right; {percent(facts['sampled'])} % of "
        f"{facts['runs']} sampled replies to each. "
        + (
            f"Wrong, greedy, after the colon what it says:\n\n{others}\n"
            if others
            else "None wrong greedily.\n"
        )
    )


def logits(work: Path) -> str:
    """llama.cpp against PyTorch."""
    path = work / "logits.json"
    if not path.exists():
        return "Not checked for this file.\n"
    facts = json.loads(path.read_text())
    parts = [
        f"{kind}: {row['other_ids']} texts with other ids, mean difference of the logits "
        f"{row['mean_gap']:.4f}, same best token {100 * row['same_best']:.2f} %"
        for kind, row in facts.items()
    ]
    return "llama.cpp against PyTorch on the same ids (`check_logits.py`). " + "; ".join(parts) + ".\n"


def showcase(results: dict[str, Any]) -> str:
    """The questions as typed, and capitals that it does not know."""
    out = ["| question | greedy answer | right | sampled, right |\n|---|---|---|---:|\n"]
    for item in results["showcase"]:
        answer = " ".join(item["answer"].split()).replace("|", "\\|")
        runs = f"{item['sampled_right']} of {item['sampled_runs']}"
        out.append(f"| {item['question']} | {answer} | {'yes' if item['right'] else '**no**'} | {runs} |\n")
    for name, what in (
        ("listed", "in training asked about, never answered"),
        ("unlisted", "in no training document"),
    ):
        if row := results.get("capitals", {}).get(name):
            others = f"; the others: {'; '.join(row['others'])}" if row["others"] else ""
            out.append(
                f"\nCapitals that it does not know ({what}), asked greedily: "
                f"{row['declined']} of {row['asked']} declined{others}.\n"
            )
    return "".join(out)


def training(work: Path) -> str:
    """The supervised runs from their logs, in the order of the files' names."""
    logs = sorted(work.glob("log*.jsonl"))
    if not logs:
        return "The log of the supervised run is not at hand.\n"
    parts, rows, before, unchecked = [], [], 0.0, []
    for number, path in enumerate(logs, 1):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        last = lines[-1]
        loss = next((line["loss"] for line in lines[::-1] if "loss" in line), "unknown")
        parts.append(
            f"Schedule {number}: {last['seconds'] / 60:.0f} minutes, {last['tokens'] / 1e6:.1f} million "
            f"tokens (padding counted), {last['step']} steps, loss {loss} at the end."
        )
        rows += [
            f"| {number} | {c['seconds'] / 60:.0f} | {(before + c['tokens']) / 1e6:.1f} | {c['step']} "
            f"| {percent(c['greedy'])} |\n"
            for c in lines
            if "greedy" in c
        ]
        if not any("greedy" in line for line in lines):
            unchecked.append(str(number))
        before += last["tokens"]
    again = "Every schedule after the first starts from the weights of the one before.\n" if before else ""
    return (
        "Supervised, on two CPU cores that other work was using too, with fresh documents only. "
        + " ".join(parts)
        + " "
        + (again if len(logs) > 1 else "")
        + "Muon for the matrices, AdamW for the rest; learning rate linear to zero over the steps' time; "
        "bfloat16 products, float32 weights. Where a run departed from that, `packaging/tiny/README.md` says "
        "so.\nGreedy accuracy on small held-out sets on the way"
        + (f" (no check is logged of schedule {', '.join(unchecked)})" if unchecked else "")
        + ":\n\n"
        "| schedule | minutes | million tokens in all | steps | mean of the kinds |\n"
        f"|---:|---:|---:|---:|---:|\n{''.join(rows)}"
    )


def reinforcement(work: Path) -> str:
    """GRPO's outcome with its curve."""
    path = work / "grpo.json"
    if not path.exists():
        return "GRPO was not run for this file.\n"
    facts = json.loads(path.read_text())
    rewards = [c["reward"] for c in facts["curve"] if "reward" in c]
    size = max(1, len(rewards) // 10)
    curve = ", ".join(f"{sum(r := rewards[i : i + size]) / len(r):.3f}" for i in range(0, len(rewards), size))
    held = ", ".join(f"step {c['step']}: {percent(c['held_out'])}" for c in facts["curve"] if "held_out" in c)
    verdict = (
        "kept: the shipped file has it"
        if facts["kept"]
        else "not kept: the shipped file is the supervised one"
    )
    return (
        f"From {facts.get('from', 'the supervised weights')}: "
        f"{facts['steps']} steps in {facts['minutes']:.0f} minutes, groups of 8, reward 1 for right and "
        f"well-formed, 0.1 for the form. Held-out pass@1 at 0.6/0.95, {facts['problems_each']} "
        f"problems a kind, "
        f"by PyTorch: "
        f"{percent(facts['before'])} before, {percent(facts['after'])} after; {verdict}.\n"
        f"Mean reward in training, averaged over {size} steps each: {curve}.\n"
        f"Held-out on the way (small sets): {held or 'not taken'}.\n"
    )


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--work", type=Path, default=HERE / "run", help="folder with log.jsonl and grpo.json")
    p.add_argument("--results", type=Path, default=HERE / "results.json")
    p.add_argument("--card", type=Path, default=CARD)
    p.add_argument("--parameters", type=int, default=4856064)
    a = p.parse_args()
    results = json.loads(a.results.read_text())
    about = ABOUT.format(millions=a.parameters / 1e6, megabytes=results["bytes"] / 1e6)
    parts = [
        about,
        "## Measured\nPer cent right. " + method(results),
        accuracy(results),
        shortfalls(results),
        overlap(a.work),
        guessing(results),
        "## Simple questions, and those just beyond\n" + everyday(results),
        "## Questions that readers are shown, as typed\n"
        "These stood in the training documents as typed: they show the form, the table above shows the worth."
        "\n\n" + showcase(results),
        "## A thought that is steered, cut, reopened or closed early\n" + steering(results),
        "## Recipe\nOne command, `python packaging/tiny/make_tiny.py`; see `packaging/tiny/README.md`.\n",
        training(a.work),
        "### GRPO\n" + reinforcement(a.work),
        "### The same in llama.cpp\n" + logits(a.work),
        f"sha256 of the file: `{results['sha256']}`\n",
    ]
    a.card.write_text("\n".join(parts))
    print(f"wrote {a.card.name}")


if __name__ == "__main__":
    main()
