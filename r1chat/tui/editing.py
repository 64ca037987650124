"""A question that was asked is edited in the prompt. What was typed there before comes back afterwards."""

from collections.abc import Callable, Sequence

from r1chat.core.attached import split
from r1chat.core.commands import in_keys
from r1chat.core.conversation import Conversation, Role
from r1chat.tui.edits import Edits
from r1chat.tui.unsent import Draft
from r1chat.tui.widgets.prompt import Prompt
from r1chat.tui.widgets.question import Question


class Editing:
    """Which question is edited, if any. What was changed in one is kept while another is looked at."""

    def __init__(self, prompt: Prompt, edits: Edits, *, private: Callable[[], bool]) -> None:
        """`private`: nothing of the open chat may be written."""
        self._prompt, self._edits, self._private = prompt, edits, private
        self._held = ""
        self.question: Question | None = None

    @property
    def draft(self) -> Draft:
        """All that is typed and not sent and may be written, with the pasted texts that it names."""
        self._put_aside()
        typed = self._prompt.text if self.question is None else self._held
        typed = "" if self._private() else typed
        edits = self._edits.written
        return Draft(typed, self._prompt.pastes.named_in("\n".join((typed, *edits.values()))), edits)

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
        self._held = self._prompt.text if self.question is None else self._held
        self.question = question
        words = _words(question)
        self._prompt.put(self._edits.text(question.message, words) if question.message else words)
        self._prompt.editing(
            f"editing question {asked.index(question) + 1} of {len(asked)} · "
            + in_keys("{prompt.send} asks anew · {edit_question} before · {prompt.leave} leaves"),
        )

    def leave(self) -> None:
        """Have what was typed before; what was changed is there when the question is edited again."""
        if self.question is not None:
            self._put_aside()
            self._end()

    def sent(self) -> tuple[str, str]:
        """The edited question is on its way: its id and its files, which go with the new words."""
        question = self.question
        if question is None or question.message is None:
            raise RuntimeError("no question is edited")
        self._edits.keep(question.message, "", private=self._private())
        self._end()
        return question.message.id, question.text.removesuffix(_words(question))

    def waits_in(self, conversation: Conversation | None) -> bool:
        """A question of the branch was edited and not asked."""
        path = conversation.path() if conversation else ()
        return any(message.role is Role.USER and message in self._edits for message in path)

    def _put_aside(self) -> None:
        question, text = self.question, self._prompt.text
        if question is not None and question.message is not None:
            self._edits.keep(
                question.message, "" if text == _words(question) else text, private=self._private()
            )

    def _end(self) -> None:
        self.question = None
        self._prompt.editing("")
        self._prompt.put(self._held)


def _words(question: Question) -> str:
    """The question without its files."""
    return split(question.text)[1]
