"""Hands at the keyboard, at the mouse, at the window's edge, and at another keyboard."""

import asyncio
import random
from collections.abc import Callable

from textual import events
from textual.app import _character_to_key
from textual.geometry import Size

from r1chat.errors import R1ChatError
from r1chat.store import Store
from tests.stress.rig import PATIENCE_S, Broken, Rig
from tests.stress.steps import Step

EVERYTHING = 1 << 40
"""Tokens: the engine does not stall any more."""


class Hands:
    """Do steps to a program. Nothing is waited for but where a step says so."""

    def __init__(self, rig: Rig) -> None:
        self._rig, self._app = rig, rig.app

    async def do(self, step: Step) -> None:
        """One step."""
        match step.what:
            case "key" | "type" | "escape" | "command" | "ask" | "paste":
                self._at_keyboard(step)
            case "resize":
                self.resize(*map(int, step.at))
            case "click" | "drag" | "wheel":
                self._at_mouse(step)
            case "let":
                self._rig.flow.let(step.number % 200)
            case "flow" | "hold":
                self._rig.flow.let(EVERYTHING if step.what == "flow" else 0)
            case "focus":
                self._post(events.AppFocus() if step.number % 2 else events.AppBlur())
            case "other":
                await asyncio.to_thread(self._at_another, random.Random(step.number))
            case "leave":
                await self._leave()
            case "settle" | "close":
                await self._rig.settle()
        for _ in range(step.number % 7):
            await asyncio.sleep(0)

    async def _leave(self) -> None:
        """End it. Where a question could not be saved it stays, and says so; told once more, it goes."""
        chat = self._app.chat
        for _ in range(3):
            if self._rig.running:
                self._app.call_later(self._app.action_quit)  # its key may be another one by now
                await self._rig.settle()
                await self._until(lambda: not chat._leaving, "it does not end")
        await self._until(lambda: not self._rig.running, "it stays")

    async def still_answers(self) -> None:
        """A key is echoed in the prompt, and a reply that runs comes to its end."""
        self._rig.flow.let(EVERYTHING)
        self.resize(80, 24)
        for _ in range(9):
            await self._rig.settle()
            if self._app.screen is not self._app.chat:
                self._keys("escape")
        await self._until(lambda: self._app.screen is self._app.chat, "a screen cannot be left")
        prompt = self._app.chat.prompt
        prompt.focus()
        await self._until(lambda: prompt.has_focus, "the prompt does not take the keys")
        self._keys("end")
        await self._rig.settle()
        before = prompt.text
        self._keys("x")
        await self._until(lambda: len(prompt.text) == len(before) + 1, f"x is not echoed in {before!r}")
        self._keys("backspace")
        await self._until(lambda: prompt.text == before, f"backspace is not echoed behind {before!r}")
        await self._until(lambda: not self._app.chat.turns.running, "a reply does not end")
        await self._rig.settle()

    def resize(self, width: int, height: int) -> None:
        """Another size of the window."""
        size = Size(width, height)
        if self._app._driver is not None:
            self._app._driver._size = (width, height)
        self._post(events.Resize(size, size))

    async def _until(self, true: Callable[[], bool], otherwise: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true() and self._rig.running:
                    await asyncio.sleep(0.005)
        except TimeoutError as error:
            raise Broken(f"{otherwise}: {self._app.focused}, {self._app.chat.prompt.text!r}") from error

    def _post(self, event: events.Event) -> None:
        self._app.post_message(event)

    def _keys(self, *keys: str) -> None:
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self._post(events.Key(name, key if len(key) == 1 else None))

    def _at_keyboard(self, step: Step) -> None:
        if step.what in {"command", "ask"} and self._app.screen_stack:
            self._app.chat.prompt.focus()
        match step.what:
            case "paste":
                self._post(events.Paste(step.text))
            case "key":
                self._keys(step.text)
            case "escape":
                self._keys("escape")
            case "ask":
                self._post(events.Paste(step.text))
                self._keys("enter")
            case _:
                self._keys(*step.text, *(("escape", "enter") if step.what == "command" else ()))

    def _at_mouse(self, step: Step) -> None:
        width, height = self._app.size
        x, y = int(step.at[0] * width), int(step.at[1] * height)
        match step.what:
            case "wheel":
                self._mouse(events.MouseScrollUp if step.number % 2 else events.MouseScrollDown, x, y)
            case "click":
                for _ in range(1 + step.number % 3):
                    self._mouse(events.MouseDown, x, y)
                    self._mouse(events.MouseUp, x, y)
            case _:
                self._mouse(events.MouseDown, x, y)
                for part in range(4):
                    self._mouse(events.MouseMove, x * part // 4, y * part // 4)
                self._mouse(events.MouseUp, 0, 0)

    def _mouse(self, kind: type[events.MouseEvent], x: int, y: int) -> None:
        self._post(kind(None, x, y, 1, 1, 1, False, False, False, x, y))

    def _at_another(self, dice: random.Random) -> None:
        """Another program on the same store."""
        store = Store(self._rig.home / "chats.db")
        try:
            chats = store.chats(50)
            if chats:
                chat = dice.choice(chats)
                if dice.random() < 0.4:
                    store.remove(chat.id)
                else:
                    store.rename(chat.id, f"by another {dice.random()}")
        except R1ChatError:
            pass  # it is being written to: nothing has happened then
        finally:
            store.close()
