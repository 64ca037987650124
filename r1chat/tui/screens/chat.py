"""The main screen: a transcript, a prompt, a status line, and the list of chats at the side."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Markdown

from r1chat.core.commands import COMMANDS, Command, Place, When, command, in_keys, is_mistyped, parse_slash
from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError
from r1chat.session import Session, TurnOptions
from r1chat.tui.actions import act
from r1chat.tui.actions.reading import ASKED
from r1chat.tui.bin import Bin
from r1chat.tui.bindings import bindings
from r1chat.tui.clock import Clock
from r1chat.tui.code_blocks import CodeWalk
from r1chat.tui.compositing import FrugalCompositor
from r1chat.tui.editing import Editing
from r1chat.tui.edits import Edits
from r1chat.tui.history import asked_in
from r1chat.tui.motion import calm
from r1chat.tui.possible import able, not_now, possible
from r1chat.tui.screens.chats import ChatsScreen, Opener
from r1chat.tui.situation import Phase, Situation
from r1chat.tui.stocked import Stocked
from r1chat.tui.turns import Turn, Turns
from r1chat.tui.widgets.branch_mark import BranchMark
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.prompt import Prompt, Scroll
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.status_line import StatusLine
from r1chat.tui.widgets.thought_reader import ThoughtReader
from r1chat.tui.widgets.transcript import Transcript

_BEATS_PER_S = 4
"""How often the lines that tell how it goes are brought up to date."""
_HINTS = ("stop", "answer_now", "steer", "continue", "help", "chats", "thinking")
_HINTS_IN_THOUGHT = ("thought.find", "thought.outline", "thought.fork", "thought.edit", "thought.leave")
"""What the status line offers, where it can be done now."""
_ON_REPLIES = {When.REPLIED, When.UNFINISHED, When.ANSWERED}
"""Commands of these kinds that come a moment too soon are kept until they can be done."""


class ChatScreen(ChatsScreen):
    """Shows one chat at a time, and runs one turn at a time; further questions wait in a queue."""

    BINDINGS = bindings(Place.CHAT)
    AUTO_FOCUS = "Prompt"

    class Typed(Message):
        """What is typed and not saved has changed."""

    def __init__(
        self,
        session: Session,
        situation: Situation,
        options: TurnOptions,
        clock: Clock,
        *,
        opener: Opener | None = None,
        prompt: str | None = None,
    ) -> None:
        super().__init__(session, clock)
        self._compositor = FrugalCompositor()
        self.situation = situation
        self._opener = opener
        self._first = prompt
        self.remarks: Sequence[R1ChatError] = ()
        """What is to be said at the start."""
        self._beats = 0
        self._leaving = False
        self._models: Sequence[str] = ()
        """Names of the models on this machine, once they are asked for."""
        self.transcript = Transcript(clock)
        self.codes = CodeWalk()
        self.prompt = Prompt()
        self.edits = Edits()
        self.editing = Editing(
            self.prompt, self.edits, private=lambda: session.private, unsaved=lambda: self.turns.unsaved
        )
        self.forget_edits: Callable[[str], None] = lambda _chat_id: None
        """Takes what is kept of a deleted chat's edited thoughts off the disk, whoever keeps them."""
        self.bin = Bin(self._delete)
        self.prompt.commands = lambda: filter(self.available, COMMANDS)
        self.prompt.names = {
            "regenerate": lambda: self._models,
            "preset": lambda: (preset.name for preset in situation.drawing.presets),
            "theme": lambda: self.app.available_themes,
        }
        self.prompt.attachments.attaching.measure = situation.measure
        self.turns = Turns(
            session, self.situation, options, self.transcript, self.prompt, clock, changed=self.refresh_facts
        )
        self.prompt.last_waiting = self.turns.take_back_last
        self.prompt.asked.here = lambda: asked_in(self.session.conversation)
        self.prompt.asked.private = lambda: self.session.private

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self.sidebar
            with Vertical(id="chat"):
                yield self.transcript
                with Vertical(id="foot"):
                    yield self.prompt.completions
                    yield self.prompt
                    yield self.prompt.attachments
                    yield StatusLine()

    def on_mount(self) -> None:
        self.show_privacy()
        self.set_interval(1 / _BEATS_PER_S, self._beat)
        self.refresh_status()
        self.call_after_refresh(self.start)

    # Work. Every worker is named and grouped, and `report` shows whatever escapes one.

    @work(name="start", group="engine", exit_on_error=False)
    async def start(self) -> None:
        """Open the chat to begin with, then load the engine behind the painted screen."""
        first = self._first
        if self._opener is not None:
            try:
                await self.open_with(self._opener)
            except R1ChatError as error:
                await self.transcript.add(Note.of(error))
                self.prompt.give_back(first or "")  # it was meant for that chat
                first = None
        trouble = self.session.trouble
        for remark in (*self.remarks, *(() if trouble is None else (trouble,))):
            await self.transcript.add(Note.of(remark))
        if first:
            await self.ask(first)
        self.load()

    @work(name="load", group="engine", exit_on_error=False)
    async def load(self) -> None:
        """Load the model, with progress in the status line."""
        self.situation.phase = Phase.LOADING
        try:
            async with aclosing(self.session.load()) as progress:
                async for step in progress:
                    self.situation.observe(step, self._clock.steady())
            if (model := self.session.engine.model) and model.note:
                await self.transcript.add(Note(model.note))
        except R1ChatError as error:
            if not self.turns.running:
                await self.transcript.add(Note.of(error))
        finally:
            self.situation.loaded(self.session.engine.model)
            for reply in self.transcript.query(Reply):
                reply.full = False
            self.refresh_status()

    @work(name="turn", group="turn", exit_on_error=False)
    async def run_turn(self, turn: Turn) -> None:
        """Show a turn while it runs, then those that wait; a chat that is being opened comes first."""
        await self.settled.wait()
        await self.turns.run(turn)

    @work(name="command", group="command", exit_on_error=False)
    async def do_then(self, name: str, words: str) -> None:
        """Do a command as soon as the turn that is ending has ended, and the chat is shown."""
        await self.turns.over()
        await self.settled.wait()
        entry = command(name)
        if self.available(entry):
            await act(self, name, words)
        elif not self._leaving:
            self.tell(not_now(entry))

    @work(name="quit", group="quit", exit_on_error=False)
    async def leave(self, code: int = 0) -> None:
        """Keep what was asked, what still waits included, then end the program with an exit code.

        Asking twice changes nothing. Questions that could not be saved go back to the prompt of who is there
        to see them; after a signal the program ends all the same.
        """
        if self._leaving:
            return
        self._leaving = True
        try:
            await self._save_and_end(code)
        finally:
            self._leaving = False

    async def _save_and_end(self, code: int) -> None:
        try:
            await self.turns.leave()
            await self.bin.end_all()
        except R1ChatError as error:
            if not code:
                await self.turns.take_back()
                await self.transcript.add(Note.of(error))
                return
            self.app.exit(return_code=1, message=plain(str(error)))
        try:
            await self.session.aclose()
        except R1ChatError as error:
            self.app.exit(return_code=1, message=plain(str(error)))
        else:
            self.app.exit(return_code=self.app.return_code or code)

    async def _report(self, error: R1ChatError) -> None:
        """Say in the transcript what went wrong."""
        await self.transcript.add(Note.of(error))

    async def ask(self, text: str) -> None:
        """Ask now, or as soon as the questions before it are answered; the files that it names go with it."""
        if (question := await self._with_files(text)) is None:
            return
        if self.turns.running:
            await self.turns.enqueue(question, typed=text)
        else:
            self.run_turn(self.turns.question(question, typed=text))

    async def ask_anew(self, text: str) -> None:
        """Ask an edited question beside what it was; its files go with it."""
        if (asked := await self._with_files(text)) is None:
            return
        if not self.may_leave():
            self.prompt.give_back(text)
            return
        question_id, files = self.editing.sent()
        self.run_turn(self.turns.edited(question_id, files + asked, typed=text))

    async def _with_files(self, text: str) -> str | None:
        """The question with the files that it names; where that fails it goes back to the prompt."""
        try:
            return await self.prompt.attachments.attaching.question(text)
        except R1ChatError as error:
            self.prompt.give_back(text)
            self.tell(str(error))
            return None

    @on(Prompt.Changed)
    def _note_typing(self, event: Prompt.Changed) -> None:
        """Tell of it: the app itself is not told where it was this screen that put it there."""
        if event.text_area is self.prompt:
            self.post_message(self.Typed())
            if event.text_area.text == f"/{command('regenerate').slash} ":
                self.learn_models()

    async def _delete(self, chat_id: str, messages: int) -> None:
        await self.session.delete(chat_id, messages)
        self.edits.forget(chat_id)
        await asyncio.to_thread(self.forget_edits, chat_id)
        self.post_message(self.Typed())

    @work(name="model names", group="model names", exclusive=True, exit_on_error=False)
    async def learn_models(self) -> None:
        """Have the prompt know the models that may be named."""
        if isinstance(self.app, Stocked):
            self._models = await self.app.stock.names()
            self.prompt.offer()

    @on(Prompt.QuestionLeft)
    def _leave_question(self) -> None:
        self.editing.leave()

    # What a person does.

    @on(Prompt.Sent)
    async def take(self, event: Prompt.Sent) -> None:
        """Run a slash command, or ask."""
        if self._leaving:
            self.prompt.give_back(event.text)
        elif is_mistyped(event.text):
            self.prompt.give_back(event.text)
            self.tell(f"There is no command {plain(event.text.strip())}; {in_keys('{help}')} lists them.")
        elif (typed := parse_slash(event.text)) is None:
            await (self.ask_anew if self.editing.question else self.ask)(event.text)
        elif self.available(typed.command) or self.awaited(typed.command):
            await self.action_command(typed.command.name, typed.argument)
        else:
            self.prompt.give_back(event.text)
            self.tell(not_now(typed.command))

    @on(ThoughtReader.Asked)
    async def _do_in_thought(self, event: ThoughtReader.Asked) -> None:
        """Do what is asked for in a thought."""
        await ASKED[event.name](self, event.reader)

    @on(BranchMark.Walked)
    async def _walk_here(self, event: BranchMark.Walked) -> None:
        """Walk from the message whose mark was clicked."""
        for widget in event.mark.ancestors:
            message = widget.message if isinstance(widget, Question | Reply) else None
            if message is not None and self.may_leave():
                await self.step_aside(message.id, event.step)

    @on(Markdown.LinkClicked)
    def open_link(self, event: Markdown.LinkClicked) -> None:
        """Show a clicked link in the browser; what is no web address is only named."""
        if event.href.startswith(("https://", "http://")):
            self.app.open_url(event.href)
        else:
            self.tell(f"Not opened: {event.href[:200]}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Commands only do something when they can; those that come too late for a thought say so."""
        if action == "command" and parameters:
            entry = command(str(parameters[0]))
            late = entry.when is When.THINKING and able(entry, self.session.engine.capabilities)
            return late or self.available(entry) or self.awaited(entry)
        return True

    @property
    def reply(self) -> Reply | None:
        """The reply that is meant: that whose thought is read or whose question is edited, else the last."""
        within = self.focused.ancestors if self.focused else ()
        if read := next((widget for widget in within if isinstance(widget, Reply)), None):
            return read
        asked = self.editing.question
        return (self.transcript.reply_to(asked.id) if asked else None) or self.transcript.last_reply

    @property
    def ended_reply(self) -> Reply | None:
        """The reply that is meant, where no turn runs."""
        return None if self.turns.running else self.reply

    def available(self, entry: Command) -> bool:
        """Whether a command does something now."""
        return possible(
            entry,
            self.session.engine.capabilities,
            self.situation.phase,
            self.reply if self.is_mounted else None,
            running=self.turns.running,
        )

    def awaited(self, entry: Command) -> bool:
        """Whether a command can do something only in a moment: a turn is ending, or a chat is being shown."""
        soon = self.turns.ending or not (self.turns.running or self.settled.is_set())
        return soon and not self._leaving and entry.when in _ON_REPLIES

    async def action_command(self, name: str, words: str = "") -> None:
        """Do what the table of commands calls `name`; `words` is what followed its slash command."""
        if self.awaited(entry := command(name)):
            self.do_then(name, words)
        elif self.available(entry):
            await act(self, name, words)
        else:
            self.tell(not_now(entry))

    @on(Prompt.Read)
    async def _read(self, event: Prompt.Read) -> None:
        match event.scroll:
            case Scroll.UP:
                self.transcript.scroll_page_up()
            case Scroll.DOWN:
                self.transcript.action_page_down()
            case Scroll.FIRST:
                await self.transcript.to_beginning()
            case Scroll.LAST:
                await self.transcript.to_end()

    def _beat(self) -> None:
        """Bring all such lines up to date at once: to draw two costs hardly more than to draw one."""
        self._beats += 1
        self.refresh_status()
        if self._beats % (_BEATS_PER_S if calm(self.app) else 1) == 0:
            self.turns.show_progress()

    def refresh_status(self) -> None:
        """Bring the status line up to date."""
        line = self.query_one(StatusLine)
        read = isinstance(self.focused, ThoughtReader)
        line.facts, line.shorter, line.hints_first = self.situation.facts(), self.situation.shorter(), read
        names = _HINTS_IN_THOUGHT if read else _HINTS
        usable = [entry for entry in map(command, names) if self.available(entry)]
        line.urgent = sum(entry.when is not When.ALWAYS for entry in usable)
        line.hints = tuple((entry.key_label, self._hint(entry)) for entry in usable)

    def _hint(self, entry: Command) -> str:
        taken_back = entry.name == "stop" and self.turns.waiting
        return "take back" if taken_back else entry.title.lower()

    def refresh_facts(self) -> None:
        """Bring the status line and the list of chats up to date, and what is kept of what waits."""
        self.refresh_status()
        self.refresh_chats()
        self.post_message(self.Typed())

    chats_changed = refresh_facts
