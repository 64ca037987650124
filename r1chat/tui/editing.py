"""A question that was asked is edited in the prompt. What was typed there before comes back afterwards."""

from collections.abc import Callable, Sequence

from r1chat.core.attached import split
from r1chat.core.commands import in_keys
from r1chat.core.conversation import Conversation, Message, Role
from r1chat.tui.edits import Edits
from r1chat.tui.unsent import Draft
from r1chat.tui.widgets.prompt import Prompt


class Editing:
    """Which question is edited, if any. What was changed in one is kept while another is looked at."""

    def __init__(
        self,
        prompt: Prompt,
        edits: Edits,
        *,
        private: Callable[[], bool],
        unsaved: Callable[[], Sequence[str]],
    ) -> None:
        """`private`: nothing of the open chat may be written. `unsaved`: what was sent, not saved yet."""
        self._prompt, self._edits, self._private, self._unsaved = prompt, edits, private, unsaved
        self._held = ""
        self.question: Message | None = None

    @property
    def draft(self) -> Draft:
        """All that is typed, not saved and may be written, with the pasted texts that it names."""
        self._put_aside()
        typed = self._prompt.text if self.question is None else self._held
        typed = "" if self._private() else "\n\n".join(filter(None, (*self._unsaved(), typed)))
        edits = self._edits.written
        return Draft(typed, self._prompt.pastes.named_in("\n".join((typed, *edits.values()))), edits)

    def up(self, questions: Sequence[Message]) -> bool:
        """Edit the last of the questions, or the one before that which is edited; False where none is."""
        ids = [question.id for question in questions]
        before = ids.index(self.question.id) if self.question and self.question.id in ids else len(ids)
        if before == 0:
            return False
        self.take_up(questions[before - 1], questions)
        return True

    def take_up(self, question: Message, asked: Sequence[Message]) -> None:
        """Edit one of the questions."""
        self._put_aside()
        self._held = self._prompt.text if self.question is None else self._held
        self.question = question
        words = _words(question)
        self._prompt.put(self._edits.text(question, words))
        self._prompt.editing(
            f"editing question {[one.id for one in asked].index(question.id) + 1} of {len(asked)} · "
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
        if question is None:
            raise RuntimeError("no question is edited")
        self._edits.keep(question, "", private=self._private())
        self._end()
        return question.id, question.text.removesuffix(_words(question))

    def waits_in(self, conversation: Conversation | None) -> bool:
        """A question of the branch was edited and not asked."""
        path = conversation.path() if conversation else ()
        return any(message.role is Role.USER and message in self._edits for message in path)

    def _put_aside(self) -> None:
        question, text = self.question, self._prompt.text
        if question is not None:
            self._edits.keep(question, "" if text == _words(question) else text, private=self._private())

    def _end(self) -> None:
        self.question = None
        self._prompt.editing("")
        self._prompt.put(self._held)


def _words(question: Message) -> str:
    """The question without its files."""
    return split(question.text)[1]
