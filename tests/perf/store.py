"""What a store of 100,000 messages costs: search, opening, deletion; and what a draft's journal costs.

    python -m tests.perf.store [--keep FOLDER]

The store is generated: 10,000 chats, ten messages each, about 200 MB of text with the frequencies of real
words (Zipf), every tenth text in Chinese, and sixty thoughts of 32,000 tokens or so beside them, in English,
French and Chinese. The first pass of a search is that of a fresh connection. `--keep` builds it once and
finds it there again. Figures are
milliseconds; the journal's are CPU of the whole process per token, beside what a token takes at 200 a second.
"""

import argparse
import asyncio
import itertools
import random
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from r1chat.core.conversation import Message, Role
from r1chat.core.search import parse
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.session import Session
from r1chat.store import Store, words
from r1chat.store.journal import Journal
from r1chat.store.rows import Piece
from r1chat.tui.app import R1ChatApp

CHATS, EACH, LONG = 10_000, 10, 60
LANGUAGES = (
    "let me think about the number again so that we wait and see whether it holds ",
    "était déjà été français façon où être naïf élève leçon problème après très même le la des ",
    "先看整数部分再看小数让我想一下这个问题的答案是不是对的",
)
PER_S = 200
ROUNDS = 12
DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)


class Language:
    """Words and characters with the frequencies of a real language."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        onsets, vowels, codas = (
            "b br c ch d f g gr h l m n p pl r s st t tr v",
            "a e i o u ai ou",
            " n r s t l m",
        )
        syllables = [
            "".join(parts) for parts in itertools.product(onsets.split(), vowels.split(), codas.split(" "))
        ]
        drawn = (
            "".join(self.random.choices(syllables, k=self.random.choice((1, 2, 2, 3)))) for _ in range(80_000)
        )
        self.words = list(dict.fromkeys(drawn))[:50_000]
        self.word_weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self.han = [chr(0x4E00 + number) for number in range(3500)]
        self.han_weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(self.han))))

    def text(self, size: int) -> str:
        """About that many bytes."""
        if self.random.random() < 0.1:
            return "".join(self.random.choices(self.han, cum_weights=self.han_weights, k=size // 3))
        return " ".join(self.random.choices(self.words, cum_weights=self.word_weights, k=size // 7))

    def queries(self) -> Iterator[tuple[str, str]]:
        """Kinds of searches, twenty of each, as they are typed."""
        word = partial(self._word, 5, 20_000)
        common = partial(self._word, 0, 60)
        for _ in range(20):
            typed = self._word(100, 3000) + " "
            yield "a word", word() + " "
            yield "a common word", common() + " "
            yield "two words", f"{word()} {common()} "
            yield "a phrase", f'"{word()} {common()}"'
            yield "a phrase of common words", f'"{common()} {common()}"'
            yield "while typing", typed[: self.random.randint(1, len(typed) - 1)]
            yield (
                "a second word while typing",
                common() + " " + typed[: self.random.randint(2, len(typed) - 1)],
            )
            yield "a prefix", word()[:4] + "*"
            yield "in:thought", f"in:thought {word()} "
            yield "model: and a word", f"model:model-7 {common()} "
            yield "before: and after:", f"after:2025-03 before:2025-05 {common()} "
            yield "Chinese, two characters", "".join(self.random.choices(self.han[:400], k=2))
            yield "Chinese, one character", self.random.choice(self.han[:50])
            yield "no such word", word() + "qqq "
            yield (
                "at the end of long thoughts",
                self.random.choice(("zebrure ", "ZÉBRURE ", "in:thought zebr")),
            )
            yield "everywhere in long thoughts", self.random.choice(("etait deja", "问题", "whether it "))

    def _word(self, first: int, last: int) -> str:
        return self.words[self.random.randint(first, last)]


def build(path: Path) -> None:
    """Generate the store, in the order and with the columns that r1chat writes."""
    language = Language(1)
    Store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        chat = """INSERT INTO chats (id, title, created_at, updated_at, active_leaf, model)
            VALUES (?, ?, ?, ?, ?, ?)"""
        message = """INSERT INTO messages (id, chat_id, parent_id, role, text, thinking, status, model,
            created_at, tokens) VALUES (?, ?, ?, ?, ?, ?, 'complete', ?, ?, ?)"""
        connection.executemany(chat, (_chat(language, number) for number in range(CHATS)))
        rows = (_message(language, number, place) for number in range(CHATS) for place in range(EACH))
        connection.executemany(message, rows)
        connection.executemany(chat, (_chat(language, CHATS + number) for number in range(LONG)))
        connection.executemany(message, (_long(language, CHATS + number) for number in range(LONG)))
        words.index_everything(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _moment(number: int) -> float:
    return 1_735_689_600.0 + 3000.0 * number  # from 2025 on, a chat every fifty minutes


def _chat(language: Language, number: int) -> tuple[str | float, ...]:
    title, model = language.text(40), f"model-{number % 8}"
    return (f"{number:016x}", title, _moment(number), _moment(number), f"{number:012x}{EACH - 1:04x}", model)


def _message(language: Language, number: int, place: int) -> tuple[str | float | bytes | None, ...]:
    own, parent = f"{number:012x}{place:04x}", f"{number:012x}{place - 1:04x}" if place else None
    when, model = _moment(number) + place, f"model-{number % 8}"
    if place % 2 == 0:
        return (own, f"{number:016x}", parent, "user", language.text(200), "", "", when, b"")
    answer, thought = language.text(900), language.text(2900)
    return (own, f"{number:016x}", parent, "assistant", answer, thought, model, when, bytes(4000))


def _long(language: Language, number: int) -> tuple[str | float | bytes | None, ...]:
    place, tongue = EACH - 1, LANGUAGES[number % len(LANGUAGES)]
    text = "".join(language.random.choices(re.findall(r"\w+ |\w", tongue), k=24_000))
    own, model = f"{number:012x}{place:04x}", f"model-{number % 8}"
    return (own, f"{number:016x}", None, "assistant", "", f"{text} zébrure", model, _moment(number), b"")


def search(store: Store) -> None:
    """A table of kinds of searches, and the p95 over all."""
    times: dict[str, list[float]] = {}
    found: dict[str, int] = {}
    for kind, text in Language(1).queries():
        begin = time.perf_counter()
        hits = store.search(parse(text))
        times.setdefault(kind, []).append(1000 * (time.perf_counter() - begin))
        found[kind] = max(found.get(kind, 0), len(hits))
    for kind, values in times.items():
        median, worst = statistics.median(values), max(values)
        print(f"  {kind:28} median {median:6.1f}  max {worst:6.1f} ms, up to {found[kind]} chats")
    everything = sorted(itertools.chain.from_iterable(times.values()))
    p95 = everything[int(0.95 * len(everything))]
    print(
        f"  all {len(everything)} searches: p95 {p95:.1f} ms, median {statistics.median(everything):.1f} ms"
    )


async def screen(path: Path) -> float:
    """Milliseconds from nothing to the painted screen with the list of chats, as `r1chat` starts."""
    begin = time.perf_counter()
    session = Session(Store(path), FakeEngine(), LoadRequest(path="tiny.gguf"), model="tiny")
    app = R1ChatApp(session, model="tiny")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.chat.action_command("chats")
        await app.workers.wait_for_complete([one for one in app.workers if one.name == "chats"])
        await pilot.pause()
        passed = 1000 * (time.perf_counter() - begin)
    await session.aclose()
    return passed


def opening(large: Path, empty: Path) -> None:
    """Interleaved, so that the machine's moods meet both alike."""
    times: dict[Path, list[float]] = {large: [], empty: []}
    for _ in range(9):
        for path, values in times.items():
            values.append(asyncio.run(screen(path)))
    many, none = (statistics.median(times[path]) for path in (large, empty))
    print(f"  screen and list of chats: {many:.0f} ms, with an empty store {none:.0f} ms: {many / none:.2f}x")
    for name, path in (("large", large), ("empty", empty)):
        begin = time.perf_counter()
        with closing(Store(path)) as store:
            store.chats()
        passed = 1000 * (time.perf_counter() - begin)
        print(f"  of that, opening the {name} store and listing its chats: {passed:.1f} ms")


async def _second(each: Callable[[], Awaitable[None]] | None) -> float:
    """CPU of the process over a second in which tokens come, and something is done with each."""
    start, cpu = time.monotonic(), time.process_time()
    for number in range(PER_S):
        if each is not None:
            await each()
        await asyncio.sleep(max(0.0, start + number / PER_S - time.monotonic()))
    return time.process_time() - cpu


async def _add(log: Journal, numbers: Iterator[int], waits: list[float]) -> None:
    at = time.perf_counter()
    await log.add(Piece(" word", "", (next(numbers),)))
    waits.append(time.perf_counter() - at)


async def journal(path: Path, before: int) -> tuple[float, float]:
    """CPU and waiting, milliseconds a token, at 200 tokens/s after `before` tokens.

    Seconds with the journal and without it follow each other, so that the machine's moods meet both.
    """
    with closing(Store(path)) as store:
        _, draft = store.ask(None, None, "Why?", DRAFT)
        loop = asyncio.get_running_loop()

        async def run(call: Callable[[], None]) -> None:
            await loop.run_in_executor(None, call)

        log = Journal(store, draft.id, run)
        for number in range(0, before, 64):
            await run(
                partial(
                    store.append_draft, draft.id, Piece(" word" * 64, "", tuple(range(number, number + 64)))
                )
            )
        used, waited, count = 0.0, 0.0, ROUNDS * PER_S
        for number in range(ROUNDS):
            used -= await _second(None)
            tokens = range(number * PER_S, (number + 1) * PER_S)
            waits: list[float] = []
            used += await _second(partial(_add, log, iter(tokens), waits))
            start = time.process_time()
            await log.flush()  # what is left waiting belongs to this second
            used += time.process_time() - start
            waited += sum(waits)
        await log.close()
        store.finish_draft(store.conversation(draft.chat_id).messages[-1])
        store.remove(draft.chat_id)
    return 1000 * used / count, 1000 * waited / count


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    with tempfile.TemporaryDirectory() as scratch:
        folder = parser.parse_args().keep or Path(scratch)
        large, empty = folder / "large" / "chats.db", Path(scratch) / "empty" / "chats.db"
        if not large.exists():
            begin = time.perf_counter()
            build(large)
            print(f"built in {time.perf_counter() - begin:.0f} s")
        Store(empty).close()
        with closing(Store(large)) as store:
            with closing(sqlite3.connect(large)) as connection:
                query = """SELECT count(*), sum(length(CAST(text AS BLOB)) + length(CAST(thinking AS BLOB)))
                    FROM messages"""
                count, size = connection.execute(query).fetchone()
            print(
                f"{count:,} messages, {size / 1e6:.0f} MB of text, file {large.stat().st_size / 1e6:.0f} MB"
            )
            print(f"SQLite {sqlite3.sqlite_version}, Python {sys.version.split()[0]}")
            for passed in ("first", "second"):
                print(f" {passed} pass")
                search(store)
        opening(large, empty)
        for before in (0, 31_000):
            cpu, waited = asyncio.run(journal(empty, before))
            share = 100 * cpu * PER_S / 1000
            print(
                f"  journal after {before:,} tokens: {cpu:.3f} ms CPU a token, {share:.2f} % of the time"
                f" at {PER_S}/s; stream held up {waited:.3f} ms a token"
            )
        print(f"  memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
