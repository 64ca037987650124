"""Words that are put into a thought, more than there is room for: an answer still follows."""

import contextlib
from pathlib import Path

import pytest

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import AnswerDelta, Done, ThinkingDelta
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, Inject, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.paths import tiny_model


async def steered(tmp_path: Path, texts: list[str], max_tokens: int | None = None) -> tuple[str, str, Done]:
    """Thought and answer where all of `texts` are put into the thought at once."""
    request = GenerateRequest(
        turns=(Turn(Role.USER, "What is 12*7?"),),
        sampling=Sampling(seed=1, temperature=0.0),
        max_tokens=max_tokens,
    )
    thought = answer = ""
    ends: list[Done] = []
    async with contextlib.aclosing(LocalEngine(tmp_path / "logs")) as engine:
        async for _ in engine.load(LoadRequest(path=str(tiny_model()), n_ctx=1024)):
            pass
        async for event in engine.generate(request):
            match event:
                case ThinkingDelta(text=text):
                    if not thought:
                        for words in texts:
                            engine.control(Inject(words))
                    thought += text
                case AnswerDelta(text=text):
                    answer += text
                case Done():
                    ends.append(event)
    return thought, answer, ends[0]


async def test_words_are_said_whole_where_there_is_room_for_them(tmp_path: Path) -> None:
    thought, answer, _ = await steered(tmp_path, ["START " + "one two " * 60 + "END"])
    assert "END" in thought
    assert answer


@pytest.mark.parametrize(("count", "max_tokens"), [(1, None), (5, None), (1, 200), (5, 300)])
async def test_words_that_fill_the_thought_do_not_cost_the_answer(
    tmp_path: Path, count: int, max_tokens: int | None
) -> None:
    texts = [f"START{number} " + "one two " * 200 + "END" for number in range(count)]
    thought, answer, done = await steered(tmp_path, texts, max_tokens)
    assert "START0" in thought
    assert answer
    assert done.stats.answer_tokens > 0
