"""Tells whoever looks elsewhere: by the terminal's title, by its progress bar, by a call when a thought ends.

Only figures and words of our own reach the terminal this way, and never a control character. Which terminal
takes what: OSC 2 and the title's stack (CSI 22 t, CSI 23 t) are xterm's; OSC 9;4 is ConEmu's, and a terminal
that does not know it may show it as a notification; OSC 9 is iTerm2's, OSC 777 rxvt's.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from r1chat.core.conversation import Mode
from r1chat.core.terminal import plain
from r1chat.settings import Notify
from r1chat.settings.tree import LookSettings
from r1chat.tui.situation import Phase, Situation
from r1chat.tui.wording import duration, percent

_BELL = "\a"
_END = "\x1b\\"
KEEP_TITLE = "\x1b[22;2t"
GIVE_TITLE_BACK = f"\x1b]2;{_END}\x1b[23;2t"
"""An empty title first, for a terminal that keeps none."""
NO_PROGRESS = f"\x1b]9;4;0{_END}"
_VTE_WITH_PROGRESS = 8000
"""VTE's version 0.80, as its variable says it."""
_OSC_9 = {"iTerm.app", "ghostty", "WezTerm"}


class Abilities(NamedTuple):
    """What a terminal is known to take, beside a title."""

    progress: bool = False
    notification: str = ""
    """What comes before the words of one; empty: it has none, and gets the bell."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Abilities":
        """Those of the terminal that this environment tells of; of one within another nothing is known."""
        if environ.get("TMUX") or environ.get("STY"):
            return cls()
        program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
        vte = environ.get("VTE_VERSION", "")
        return cls(
            progress="WT_SESSION" in environ
            or environ.get("ConEmuANSI") == "ON"
            or program == "ghostty"
            or (vte.isascii() and vte.isdigit() and int(vte) >= _VTE_WITH_PROGRESS),
            notification="\x1b]9;"
            if program in _OSC_9 or "KITTY_WINDOW_ID" in environ
            else "\x1b]777;notify;r1chat;"
            if term.startswith(("foot", "rxvt"))
            else "",
        )


class Herald:
    """Writes to the terminal only what has changed since it last did."""

    def __init__(
        self, write: Callable[[str], None], abilities: Abilities, steady: Callable[[], float]
    ) -> None:
        """`steady`: seconds on a clock that never jumps."""
        self._write, self._can, self._steady = write, abilities, steady
        self._title = self._progress = ""
        self._thinking_since: float | None = None

    def observe(
        self, situation: Situation, look: LookSettings, *, focused: bool, fetched: float | None = None
    ) -> None:
        """Tell what goes on. `fetched`: how far a download is, 0 … 1; None where none runs."""
        self._call(situation, look, focused=focused)
        title = f"\x1b]2;{_clean(_title(situation, fetched))}{_END}" if look.title else ""
        progress = _progress(situation, fetched) if self._can.progress and look.title else ""
        if title and title != self._title:
            self._write(title)
        if progress != self._progress:
            self._write(progress or NO_PROGRESS)
        self._title, self._progress = title, progress

    def _call(self, situation: Situation, look: LookSettings, *, focused: bool) -> None:
        if situation.phase is Phase.THINKING:
            if self._thinking_since is None:
                self._thinking_since = self._steady()
        elif self._thinking_since is not None:
            seconds, self._thinking_since = self._steady() - self._thinking_since, None
            if seconds < look.notify_after or focused or look.notify is Notify.OFF:
                return
            tokens = f", {situation.thought:,} tokens" if situation.thought else ""
            words = f"Thought for {duration(seconds)}{tokens}."
            named = self._can.notification if look.notify is Notify.AUTO else ""
            self._write(f"{named}{_clean(words)}{_END}" if named else _BELL)


def _title(situation: Situation, fetched: float | None) -> str:
    match situation.phase:
        case Phase.THINKING:
            doing = f"thinking {situation.thought:,} tok" if situation.thought else "thinking"
        case Phase.ANSWERING:
            doing = "answering"
        case Phase.LOADING:
            doing = f"loading {percent(situation.fraction, 1)}"
        case Phase.READING:
            doing = f"reading {percent(situation.fraction, 1)}"
        case _:
            doing = "" if fetched is None else f"fetching {percent(fetched, 1)}"
    return f"r1chat · {doing}" if doing else "r1chat"


def _progress(situation: Situation, fetched: float | None) -> str:
    """How far it is; a thought of which nobody knows the end moves without a figure."""
    thinking = situation.thinking
    match situation.phase:
        case Phase.THINKING if thinking.mode is Mode.BUDGET and thinking.budget:
            part: float | None = min(1.0, situation.thought / thinking.budget)
        case Phase.THINKING:
            return f"\x1b]9;4;3{_END}"
        case Phase.LOADING | Phase.READING:
            part = situation.fraction
        case _:
            part = fetched
    return "" if part is None else f"\x1b]9;4;1;{100 * part:.0f}{_END}"


def _clean(words: str) -> str:
    """Nothing that a terminal would obey, and no sign that ends or parts a sequence."""
    return plain(words).replace("\n", " ").replace(";", ",")[:80]
