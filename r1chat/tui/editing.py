"""A question that was asked is edited in the prompt. What was typed there before comes back afterwards."""

from collections.abc import Sequence

from r1chat.core.attached import split
from r1chat.core.commands import in_keys
from r1chat.tui.widgets.prompt import Prompt
from r1chat.tui.widgets.question import Question


class Editing:
    """Which question is edited, if any. What was changed in one is kept while another is looked at."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._held = ""
        self._drafts: dict[str, str] = {}
        self.question: Question | None = None

    def up(self, questions: Sequence[Question]) -> bool:
        """Edit the last of the questions, or the one before that which is edited; False where none is."""
        asked = [question for question in questions if question.message_id]
        before = asked.index(self.question) if self.question in asked else len(asked)
        if before == 0:
            return False
        self.take_up(asked[before - 1], asked)
        return True

    def take_up(self, question: Question, asked: Sequence[Question]) -> None:
        """Edit one of the questions."""
        self._put_aside()
        self.question = question
        self._prompt.put(self._drafts.get(question.message_id or "", _words(question)))
        self._prompt.editing(
            f"editing question {asked.index(question) + 1} of {len(asked)} · "
            + in_keys("{prompt.send} asks anew · {edit_question} before · {prompt.leave} leaves"),
            held=self._held,
        )

    def leave(self) -> None:
        """Have what was typed before; what was changed is there when the question is edited again."""
        if self.question is not None:
            self._put_aside()
            self._end()

    def sent(self) -> tuple[str, str]:
        """The edited question is on its way: its id and its files, which go with the new words."""
        question = self.question
        if question is None or question.message_id is None:
            raise RuntimeError("no question is edited")
        self._drafts.pop(question.message_id, None)
        self._end()
        return question.message_id, question.text.removesuffix(_words(question))

    def _put_aside(self) -> None:
        question, text = self.question, self._prompt.text
        if question is None:
            self._held = text
        elif question.message_id and text != _words(question):
            self._drafts[question.message_id] = text

    def _end(self) -> None:
        self.question = None
        self._prompt.editing("")
        self._prompt.put(self._held)


def _words(question: Question) -> str:
    """The question without its files."""
    return split(question.text)[1]
