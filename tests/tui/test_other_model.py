"""A reply of another model to the same question."""

from pathlib import Path

from r1chat.engine.base import ModelLoadError
from r1chat.engine.fake import Load
from r1chat.engine.fake_reply import Reply
from r1chat.paths import default_paths, tiny_model
from tests.tui.stage import Stage, staged

TWO = (Reply("one", "first"), Reply("two", "second"))


def own(name: str = "own") -> Path:
    path = default_paths().models / f"{name}.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tiny_model().read_bytes())
    return path


def told(stage: Stage) -> list[str]:
    return [note.message for note in stage.app._notifications]


async def test_a_question_is_answered_by_another_model_beside_the_first_reply() -> None:
    path = own()
    async with staged(*TWO) as stage:
        await stage.ask()
        await stage.type("/regenerate own")
        await stage.until(lambda: stage.reply.answer.text == "second")
        await stage.idle()
        assert stage.engine.load_requests[-1].path == str(path)
        assert stage.reply.message.model == "own"
        assert stage.reply.mark.place is not None
        assert "own · CPU" in stage.status


async def test_names_of_models_are_offered_behind_the_command() -> None:
    own()
    async with staged(*TWO) as stage:
        await stage.ask()
        stage.chat.prompt.insert("/regenerate ")
        await stage.until(lambda: "own" in stage.chat._models)
        await stage.pilot.press("o", "tab")
        assert stage.chat.prompt.text == "/regenerate own"


async def test_a_model_that_is_not_here_is_told_and_nothing_is_lost() -> None:
    own()
    async with staged(*TWO) as stage:
        await stage.ask()
        await stage.type("/regenerate onw")
        await stage.until(lambda: bool(told(stage)))
        assert told(stage) == ["There is no model 'onw' on this machine. Did you mean 'own'?"]
        assert stage.chat.prompt.text == "/regenerate onw"
        assert len(stage.engine.load_requests) == len(stage.engine.requests) == 1


async def test_where_another_model_cannot_be_loaded_the_one_before_answers_on() -> None:
    own()
    broken = ModelLoadError("own.gguf is no model.", "Pull it again.")
    async with staged(*TWO, loads=[Load(), Load(error=broken)]) as stage:
        await stage.ask()
        await stage.type("/regenerate own")
        await stage.until(lambda: bool(stage.notes))
        assert stage.notes == ["own.gguf is no model. Pull it again."]
        assert stage.reply.answer.text == "first"
        await stage.ask("And now?")
        assert stage.reply.answer.text == "second"
        assert [request.path for request in stage.engine.load_requests][-1] == "tiny.gguf"
        assert stage.reply.message.model == "tiny"
        assert "tiny · CPU" in stage.status
