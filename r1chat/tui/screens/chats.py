"""The part of the main screen that finds, opens and keeps chats."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial

from textual import on, work
from textual.events import TextSelected
from textual.widgets import Input

from r1chat.core.commands import command, in_keys
from r1chat.core.conversation import Chat, Conversation
from r1chat.core.search import Field, Hit, Query, parse
from r1chat.core.terminal import plain
from r1chat.errors import StoreError, UsageError
from r1chat.session import Session
from r1chat.tui.at_message import show_message
from r1chat.tui.bin import UNDO_S, Bin
from r1chat.tui.chat_rows import Entry, chat_of, title
from r1chat.tui.clock import Clock
from r1chat.tui.editing import Editing
from r1chat.tui.in_turn import InTurnApp
from r1chat.tui.keeping import KEEPING
from r1chat.tui.pointing import point_at
from r1chat.tui.screens.shared import SharedScreen
from r1chat.tui.situation import PRIVATE
from r1chat.tui.widgets.chat_list import PAGE, ChatList
from r1chat.tui.widgets.line_field import LineField
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.prompt import Prompt
from r1chat.tui.widgets.search_field import SearchField
from r1chat.tui.widgets.sidebar import Sidebar

Opener = Callable[[], Awaitable[Conversation | None]]
"""Opens a chat; None is a new one."""

_EDITED = "A question of this chat was edited and not asked: {edit_question} has it."
HITS = 50
"""Chats that a search lists at most."""
_PRIVATE = "This chat is private: nothing of it is written to disk, what you type included."
_PRIVATE_HINT = (
    "It is gone when you turn to another chat, as /new does, or quit. /export writes it to a file."
)
_TYPING_S = 0.1
"""A search begins when nobody has typed for so long; a preview, when nobody has moved."""


class ChatsScreen(SharedScreen):
    """Lists and searches chats at the side, and does to them what a person wants."""

    prompt: Prompt
    editing: Editing

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__()
        self.session = session
        self.sidebar = Sidebar(clock)
        self.bin = Bin(session.delete)
        self._clock = clock
        self._listed = PAGE
        """Chats in the list at most."""
        self._told_to_copy = False

    @property
    def chat_id(self) -> str | None:
        """Id of the open chat; None where nothing was asked in it yet."""
        return self.session.conversation.chat.id if self.session.conversation else None

    # What is selected with the mouse.

    @on(TextSelected)
    def _say_how_to_copy(self) -> None:
        """Once: who has dragged a mouse over text may not see what for."""
        if not self._told_to_copy and self.get_selected_text():
            self._told_to_copy = True
            self.tell("Ctrl+C copies what is selected.")

    def action_copy_text(self) -> None:
        """Copy what is selected, and say so; where nothing is, the key is for something else."""
        super().action_copy_text()
        self.tell(f"Copied what was selected: {len(self.get_selected_text() or ''):,} characters.")

    # The list.

    @work(name="chats", group="chats", exclusive=True, exit_on_error=False)
    async def refresh_chats(self) -> None:
        """Bring the list of chats up to date, where it is shown."""
        if self.sidebar.display:
            await self._list()

    @work(name="search", group="chats", exclusive=True, exit_on_error=False)
    async def search_soon(self) -> None:
        """Search, once typing pauses; the next key ends this and begins anew."""
        await asyncio.sleep(_TYPING_S)
        await self._list()

    @work(name="open found", group="chats", exclusive=True, exit_on_error=False)
    async def open_found(self) -> None:
        """Open what is highlighted of the results; those of what is typed now, not of what was before."""
        with self.app.keys_wait() if isinstance(self.app, InTurnApp) else nullcontext():
            if self.sidebar.text != self.sidebar.shown:
                await self._list()
            found = self.sidebar.list
            if found.highlighted is not None:
                self.turn_to(found.entries[found.highlighted])

    async def _list(self) -> None:
        searched, current = self.sidebar.text, self.chat_id
        try:
            query = parse(searched)
        except UsageError as error:
            self.sidebar.say(str(error))
            return
        found: tuple[Entry, ...]
        if query == Query():
            searched = ""
            found = await self.session.chats(self._listed, archived=self.sidebar.archived)
        else:
            found = await self.session.search(query, HITS)
        hidden = self.bin.hidden
        shown = [entry for entry in found if chat_of(entry).id not in hidden]
        self.sidebar.show(shown, searched=searched, current=current)

    @on(Input.Changed, "SearchField")
    def _typed(self) -> None:
        if self.sidebar.display:
            self.search_soon()

    @on(SearchField.Opened)
    def _open_found(self) -> None:
        self.open_found()

    @on(ChatList.Turned)
    def _turn(self) -> None:
        self.sidebar.archived = not self.sidebar.archived
        self.sidebar.field.value = ""
        self.refresh_chats()

    @on(ChatList.Left)
    @on(SearchField.Left)
    def _leave_list(self) -> None:
        """End the search, else show all chats, else close the list."""
        if self.sidebar.field.value:
            self.sidebar.field.value = ""
        elif self.sidebar.archived:
            self._turn()
        else:
            self.sidebar.close()
            self.prompt.focus()

    @on(ChatList.Moved)
    def _look(self, event: ChatList.Moved) -> None:
        """Show more of the highlighted chat, and more chats where the end of the list is near."""
        if self.sidebar.previews:
            self.preview_soon()
        whole = self.sidebar.list.count + len(self.bin.hidden) < self._listed
        if event.near_end and not self.sidebar.shown and not whole:
            self._listed *= 4
            self.refresh_chats()

    @work(name="preview", group="preview", exclusive=True, exit_on_error=False)
    async def preview_soon(self) -> None:
        """Show the end of the highlighted chat, once nobody moves."""
        await asyncio.sleep(_TYPING_S)
        chat = self.sidebar.list.chat
        try:
            glance = await self.session.glance(chat.id) if chat else None
        except StoreError:  # another program has just deleted it; the list will say so
            glance = None
        self.sidebar.preview.show(chat, glance, self._clock.wall())

    # Opening.

    @on(ChatList.Chosen)
    def choose(self, event: ChatList.Chosen) -> None:
        """Open the chosen chat, unless a reply runs."""
        self.turn_to(event.entry)

    def turn_to(self, entry: Entry) -> None:
        """Open a chat, unless a reply runs; the keys are the prompt's from now on, whatever it takes."""
        if self.may_leave():
            self.prompt.focus()
            self.open_chat(entry)

    @work(name="open", group="open", exclusive=True, exit_on_error=False)
    async def open_chat(self, entry: Entry) -> None:
        """Show another chat, at what was found in it."""
        place = entry.message_id if isinstance(entry, Hit) else None
        await self.open_with(partial(self._find, chat_of(entry).id, place))
        if isinstance(entry, Hit) and place is not None:
            in_thought = entry.field is Field.THOUGHT
            if shown := await show_message(self.transcript, place, in_thought=in_thought):
                self.call_after_refresh(point_at, shown, entry)

    @work(name="reopen", group="open", exclusive=True, exit_on_error=False)
    async def reopen(self, chat_id: str) -> None:
        """Show a chat again; the keys stay where they are."""
        await self.open_with(partial(self.session.open, chat_id))

    async def _find(self, chat_id: str, message_id: str | None) -> Conversation:
        """Open the chat, at the branch on which the message lies, if it is still there."""
        conversation = await self.session.open(chat_id)
        there = message_id in {message.id for message in conversation.messages}
        if message_id is None or not there or message_id in {message.id for message in conversation.path()}:
            return conversation
        return await self.session.select(message_id)

    # Keeping.

    @on(ChatList.Asked)
    def _asked(self, event: ChatList.Asked) -> None:
        self.keep(event.verb, event.chat)

    @on(LineField.Typed)
    def _line_typed(self, event: LineField.Typed) -> None:
        self.keep(event.verb, event.chat, event.words)

    @work(name="keep", group="keep", exit_on_error=False)
    async def keep(self, verb: str, chat: Chat, words: str = "") -> None:
        """Do to a chat what a command says; `words` is what was typed for it."""
        await KEEPING[verb](self, chat, words)
        self.refresh_chats()

    async def put_away(self, chat: Chat) -> None:
        """Delete a chat, so that it can be undone for a while."""
        messages = chat.messages
        if (shown := self.session.conversation) is not None and chat.id == self.chat_id:
            if not self.may_leave():
                return
            messages = max(messages, len(shown.messages))
            await self.show_new()
        self.bin.put(chat, messages)
        self.set_timer(UNDO_S, partial(self.end_deletion, chat))
        words = f"Deleted “{title(chat)}”. U in the list, or /undo, brings it back."
        self.notify(plain(words), markup=False, timeout=UNDO_S)

    @work(name="delete", group="delete", exit_on_error=False)
    async def end_deletion(self, chat: Chat) -> None:
        """Delete for good what was not brought back."""
        try:
            await self.bin.end(chat)
        finally:
            self.refresh_chats()

    # What all of them need.

    def may_leave(self) -> bool:
        """No reply runs; else it is said why this chat cannot be left."""
        if self.turns.running:
            self.tell(f"A reply is running. {command('stop').key_label} stops it and keeps what is there.")
        return not self.turns.running

    async def open_with(self, opener: Opener) -> None:
        """Open a chat and show it; turns wait until it is there."""
        self.editing.leave()
        async with self.unsettled():
            conversation = await opener()
            await self.transcript.show(conversation)
            if self.editing.waits_in(conversation):
                self.tell(in_keys(_EDITED))
            self.show_privacy()
            self.situation.recall(conversation)
            self.situation.recall_mode(conversation)
            self.situation.drawing.recall(conversation)
            self.chats_changed()

    async def show_new(self, *, private: bool = False) -> None:
        """Turn to a new chat; of a private one nothing is ever written."""
        self.editing.leave()
        self.workers.cancel_group(self, "open")
        self.session.new(private=private)
        await self.transcript.show(None)
        self.show_privacy()
        if private:
            await self.transcript.add(Note(_PRIVATE, _PRIVATE_HINT))
        self.situation.recall(None)
        self.situation.recall_mode(None)
        self.situation.drawing.recall(None)

    def show_privacy(self) -> None:
        """Say in words, around the prompt and in the status line, whether the open chat is private."""
        if self.situation.private and not self.session.private:
            self.prompt.history.clear()  # nothing of a private chat comes back by undoing
        self.situation.private = self.session.private
        self.prompt.border_title = PRIVATE if self.session.private else None

    def tell(self, words: str) -> None:
        """A short word in passing."""
        self.notify(plain(words), markup=False, timeout=4)
