"""Work in threads: such that is never left half done, and such that nothing waits for."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` to its end, however often this is cancelled meanwhile; the cancellation comes after it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await ended(task)
        raise


async def ended(future: "asyncio.Future[T]") -> None:
    """Return when that has an outcome, however often this is cancelled meanwhile."""
    while not future.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({future})
    if not future.cancelled():
        future.exception()  # looked at, so that nobody is told of one that was not


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a thread. A cancellation waits for its end, so that nobody closes the file below it."""
    return await to_the_end(asyncio.to_thread(work, *args, **kwargs))


def own_thread(work: Callable[[], T], name: str) -> "asyncio.Future[T]":
    """Run `work` in a new thread, which keeps no program from ending; the future has what comes of it.

    A cancelled future does not end the thread.
    """
    outcome = _Outcome[T]()

    def run() -> None:
        with outcome:
            outcome.value = work()

    threading.Thread(target=run, name=name, daemon=True).start()
    return outcome.future


def leave(future: "asyncio.Future[T]") -> None:
    """Nobody waits for it any more, nor wants to hear what comes of it."""
    if not future.cancel() and not future.cancelled():
        future.exception()


class _Outcome(Generic[T]):
    """Carries what a block of another thread comes to into the event loop."""

    value: T

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            self._loop.call_soon_threadsafe(self._tell, error)
        return True

    def _tell(self, error: BaseException | None) -> None:
        if self.future.cancelled():
            return
        if error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(error)
