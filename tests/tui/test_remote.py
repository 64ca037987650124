from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from r1chat.engine.base import LoadRequest
from r1chat.engine.either import EitherEngine
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.engine.remote import RemoteEngine
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from tests.engine.remote_server import CHAT, Say, Server, endless, models, serving
from tests.tui.stage import ANSWER, THOUGHT, Stage


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        found.at["/v1/models"] = models("r1-\x1b[2Jbig", max_model_len=4096)
        yield found


@asynccontextmanager
async def staged(server: Server, model: str, path: Path) -> AsyncGenerator[Stage, None]:
    """The program on a server, or on the scripted engine first."""
    here = FakeEngine([Reply(THOUGHT, ANSWER)] * 3)
    engine = EitherEngine(lambda: here, lambda: RemoteEngine({}), model)
    session = Session(Store(path), engine, LoadRequest(path=model), model=model)
    app = R1ChatApp(session, model=model)
    try:
        async with app.run_test(size=(110, 30), notifications=True) as pilot:
            stage = Stage(app, pilot, here, session, [])
            await stage.until(lambda: engine.model is not None)
            yield stage
    finally:
        await session.aclose()


async def test_the_status_line_names_the_server_and_what_it_told(server: Server, tmp_path: Path) -> None:
    async with staged(server, server.url, tmp_path / "chats.db") as stage:
        host = server.url.removeprefix("http://")
        await stage.until(lambda: host in stage.status)
        assert stage.status.startswith(f"r1-␛[2Jbig · on {host}")
        assert "CPU" not in stage.status
        assert "tok" not in stage.status
        await stage.ask("What is 7+8?")
        assert stage.reply.pane.thought == "Seven and eight is fifteen."
        assert stage.reply.answer.text == "It is 15."
        assert "49 tok used, 4,047 free" in stage.status
        assert "≈ " in stage.reply.pane._title
        assert stage.notes == []


async def test_what_a_server_cannot_do_is_not_offered_and_escape_stops_it(
    server: Server, tmp_path: Path
) -> None:
    server.at[CHAT] = Say(endless())
    async with staged(server, server.url, tmp_path / "chats.db") as stage:
        await stage.type("What is 7+8?")
        await stage.until(lambda: stage.chat.turns.running and bool(stage.reply.pane.progress.line(0.0)))
        hints = {words for _, words in stage.chat.query_one("StatusLine").hints}
        assert "stop" in hints
        assert not hints & {"answer now", "steer"}
        assert "tok" not in stage.reply.pane.progress.line(0.0)
        await stage.pilot.press("escape")
        await stage.idle()
        assert server.left.wait(60)
        assert stage.notes == ["Stopped. Ctrl+R answers once more."]
        assert stage.reply.pane.thought.startswith("Seven and")
        names = {entry.name for entry in stage.chat.prompt.commands()}
        assert not names & {"continue", "more", "thinking", "thought.edit", "thought.fork"}
        assert "regenerate" in names


async def test_a_server_answers_after_this_machine_and_the_other_way_round(
    server: Server, tmp_path: Path
) -> None:
    async with staged(server, "tiny.gguf", tmp_path / "chats.db") as stage:
        await stage.ask("What is 7+8?")
        await stage.type(f"/regenerate {server.url}")
        await stage.until(lambda: stage.reply.answer.text == "It is 15.")
        await stage.idle()
        assert "on 127.0.0.1" in stage.status
        assert stage.engine.closed
        stage.session.use("tiny.gguf", "tiny")
        stage.engine.closed = False
        await stage.ask("And doubled?")
        assert stage.reply.answer.text == ANSWER
        assert "on 127.0.0.1" not in stage.status


async def test_a_server_that_is_gone_leaves_the_model_of_this_machine(server: Server, tmp_path: Path) -> None:
    with serving() as gone:
        url = gone.url
    async with staged(server, "tiny.gguf", tmp_path / "chats.db") as stage:
        await stage.ask("What is 7+8?")
        await stage.type(f"/regenerate {url}")
        await stage.until(lambda: bool(stage.notes))
        assert "nothing answers" in stage.notes[-1]
        await stage.idle()
        await stage.ask("And doubled?")
        assert stage.reply.answer.text == ANSWER
        assert not stage.engine.closed
