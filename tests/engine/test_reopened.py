"""Chats that come back: what a new engine finds on disk, and what it does with what is not whole."""

import contextlib
import os
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import AnswerDelta, Done, FinishReason, Prefill, ThinkingDelta
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.engine.state_folder import CLOCK_S, chat_folder, forget, tombstone
from r1chat.engine.wire import ProbeRequest
from r1chat.paths import tiny_model

LONG = "Compute 47 + 386. " + "Seven plus eight is fifteen. " * 40
NEXT = "Now double it."


class Said(NamedTuple):
    """One reply."""

    thought: str
    answer: str
    cached: int
    prompt: int

    @property
    def words(self) -> tuple[str, str]:
        return self.thought, self.answer


@contextlib.asynccontextmanager
async def opened(home: Path, folder: Path | None, **more: object) -> AsyncIterator[LocalEngine]:
    """A new engine that saves in `folder`."""
    request = LoadRequest(
        path=str(tiny_model()), n_ctx=2048, state_folder=None if folder is None else str(folder), **more
    )
    async with contextlib.aclosing(LocalEngine(home / "logs")) as engine:
        async for _ in engine.load(request):
            pass
        yield engine


async def ask(engine: LocalEngine, *turns: str, chat: str = "chat") -> Said:
    roles = (Role.USER, Role.ASSISTANT)
    request = GenerateRequest(
        turns=tuple(Turn(roles[index % 2], text.strip("\n")) for index, text in enumerate(turns)),
        sampling=Sampling(seed=1, temperature=0.0),
        chat=chat,
    )
    thought = answer = ""
    ends: list[Done] = []
    async with contextlib.aclosing(engine.generate(request)) as events:
        async for event in events:
            match event:
                case ThinkingDelta(text=text):
                    thought += text
                case AnswerDelta(text=text):
                    answer += text
                case Done():
                    ends.append(event)
    assert ends[0].reason is FinishReason.STOP
    return Said(thought, answer, ends[0].stats.cached_tokens, ends[0].stats.prompt_tokens)


async def rest(engine: LocalEngine) -> None:
    """A probe comes when the engine has used its idle time."""
    await engine.probe(ProbeRequest())


def saved(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.kv"))


@pytest.fixture(scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said, Said]:
    """A folder with a saved chat of one turn, that turn, and the next in an engine that never saved."""
    home = tmp_path_factory.mktemp("chat")
    async with opened(home, home / "kv") as engine:
        first = await ask(engine, LONG)
        await rest(engine)
    async with opened(home, None) as engine:
        second = await ask(engine, LONG, first.answer, NEXT)
    assert saved(home / "kv")
    assert second.cached == 0
    return home / "kv", first, second


@pytest.fixture
def folder(chat: tuple[Path, Said, Said], tmp_path: Path) -> Path:
    """A copy of the saved chat."""
    return Path(shutil.copytree(chat[0], tmp_path / "kv"))


async def test_a_reopened_chat_reads_only_what_is_new(
    chat: tuple[Path, Said, Said], folder: Path, tmp_path: Path
) -> None:
    _, first, cold = chat
    async with opened(tmp_path, folder) as engine:
        second = await ask(engine, LONG, first.answer, NEXT)
        assert second.prompt == cold.prompt
        assert second.cached > second.prompt - 40
        await rest(engine)
        third = await ask(engine, LONG, first.answer, NEXT, second.answer, NEXT)
    reopened = []
    for _ in range(2):
        async with opened(tmp_path, folder) as engine:
            reopened.append(await ask(engine, LONG, first.answer, NEXT, second.answer, NEXT, chat=""))
    assert reopened[0] == reopened[1]
    assert reopened[0].cached > third.prompt - 40


async def test_an_edited_question_uses_what_comes_before_the_edit(
    chat: tuple[Path, Said, Said], folder: Path, tmp_path: Path
) -> None:
    edited = LONG[: len(LONG) // 2] + " What is nine plus nine?"
    async with opened(tmp_path, folder) as engine:
        warm = await ask(engine, edited, chat="another")
    assert warm.cached > warm.prompt // 2


@pytest.mark.parametrize("damage", ["flip", "cut", "foreign"])
async def test_a_damaged_file_is_a_miss_and_goes(
    chat: tuple[Path, Said, Said], folder: Path, tmp_path: Path, damage: str
) -> None:
    _, first, cold = chat
    damaged = saved(folder)
    rng = random.Random(damage)
    for path in damaged:
        whole = bytearray(path.read_bytes())
        match damage:
            case "flip":
                whole[-rng.randrange(1, 100_000)] ^= 1 << rng.randrange(8)
            case "cut":
                del whole[-1:]
            case _:
                whole[:] = b"GGUF" * 1000
        path.write_bytes(whole)
    async with opened(tmp_path, folder) as engine:
        second = await ask(engine, LONG, first.answer, NEXT, chat="")
    assert second.words == cold.words
    assert second.cached == 0
    assert len(saved(folder)) == len(damaged) - 1


async def test_a_program_that_quits_at_once_still_saves_what_it_read(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path / "kv") as engine:
        first = await ask(engine, LONG)
    async with opened(tmp_path, tmp_path / "kv") as engine:
        second = await ask(engine, LONG, first.answer, NEXT)
    assert second.cached > first.prompt - 40


async def test_a_chat_that_shall_not_be_kept_writes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path / "kv") as engine:
        await ask(engine, LONG, chat="")
        await rest(engine)
    assert not (tmp_path / "kv").exists()


async def test_a_deleted_chat_that_is_still_in_memory_is_not_saved_again(tmp_path: Path) -> None:
    folder = tmp_path / "kv"
    async with opened(tmp_path, folder) as engine:
        await ask(engine, LONG, chat="secret")
        await rest(engine)
        assert saved(folder)
        forget(folder, "secret")
        await ask(engine, f"Else: {LONG}", chat="other")
        await rest(engine)
    assert {path.parent for path in saved(folder)} == {chat_folder(folder, "other")}


async def test_a_chat_deleted_while_its_reply_runs_is_not_saved_when_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "kv"
    request = GenerateRequest(
        turns=(Turn(Role.USER, LONG),), sampling=Sampling(seed=1, temperature=0.0), chat="secret"
    )
    async with opened(tmp_path, folder) as engine:
        async with contextlib.aclosing(engine.generate(request)) as events:
            async for event in events:
                if isinstance(event, Prefill):
                    forget(folder, "secret")
                    stone = tombstone(chat_folder(folder, "secret"))
                    long_ago = stone.stat().st_mtime - CLOCK_S  # the clock's allowance is over at the end
                    os.utime(stone, (long_ago, long_ago))
        await rest(engine)
    assert not saved(folder)


async def test_a_folder_that_may_take_nothing_costs_nothing_but_the_files(tmp_path: Path) -> None:
    (tmp_path / "kv").write_text("not a folder")
    async with opened(tmp_path, tmp_path / "kv") as engine:
        first = await ask(engine, LONG)
        await rest(engine)
        second = await ask(engine, LONG, first.answer, NEXT)
    assert second.cached > second.prompt - 40


async def test_files_stay_within_the_room_that_they_are_given(tmp_path: Path) -> None:
    async with opened(tmp_path, tmp_path / "kv", state_bytes=2 << 20) as engine:
        for number in range(3):
            await ask(engine, f"{number}. {LONG}", chat=str(number))
            await rest(engine)
    assert 0 < sum(path.stat().st_size for path in saved(tmp_path / "kv")) <= 2 << 20


async def test_no_room_means_that_nothing_is_written_and_what_there_was_goes(
    folder: Path, tmp_path: Path
) -> None:
    for place in (folder, tmp_path / "fresh"):
        async with opened(tmp_path, place, state_bytes=0) as engine:
            assert not saved(place)
            await ask(engine, f"Else: {LONG}", chat="other")
            await rest(engine)
        assert not chat_folder(place, "other").exists()
