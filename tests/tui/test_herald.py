"""What the terminal is told beside the screen, and that it is never anything else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.conversation import Mode, Thinking
from r1chat.core.events import Loading, Prefill, ThinkingDelta
from r1chat.settings import Notify
from r1chat.settings.tree import LookSettings
from r1chat.tui.herald import Abilities, Herald
from r1chat.tui.situation import Phase, Situation

LOOK = LookSettings()
FULL = Abilities(progress=True, notification="\x1b]9;")
SOUND = re.compile(r"(\x1b\](2;[^\x00-\x1f\x7f-\x9f;]*|9;[^\x00-\x1f\x7f-\x9f]*)\x1b\\|\a)*")


class Terminal:
    """Takes down what is written, on a clock that a test sets."""

    def __init__(self, abilities: Abilities = FULL) -> None:
        self.written: list[str] = []
        self.now = 0.0
        self.situation = Situation()
        self.herald = Herald(self.written.append, abilities, lambda: self.now)

    def look(self, look: LookSettings = LOOK, *, focused: bool = True, fetched: float | None = None) -> str:
        del self.written[:]
        self.herald.observe(self.situation, look, focused=focused, fetched=fetched)
        return "".join(self.written)

    def think(self, tokens: int) -> None:
        self.situation.observe(ThinkingDelta(sample=0, text="x", tokens=(1,) * tokens), self.now)

    def thought(self, seconds: float, look: LookSettings = LOOK, *, focused: bool = False) -> str:
        self.think(1203)
        self.look(look)
        self.now += seconds
        self.situation.phase = Phase.ANSWERING
        return self.look(look, focused=focused)


def test_the_title_says_what_goes_on_and_is_written_once() -> None:
    terminal = Terminal(Abilities())
    assert terminal.look() == "\x1b]2;r1chat\x1b\\"
    assert terminal.look() == ""
    terminal.situation.observe(Loading(fraction=0.5), 0)
    assert terminal.look() == "\x1b]2;r1chat · loading 50 %\x1b\\"
    terminal.situation.observe(Prefill(done=1, total=4, cached=0), 0)
    assert terminal.look() == "\x1b]2;r1chat · reading 25 %\x1b\\"
    terminal.think(312)
    assert terminal.look() == "\x1b]2;r1chat · thinking 312 tok\x1b\\"
    assert terminal.look(LookSettings(title=False)) == ""


def test_a_terminal_with_a_progress_bar_gets_figures_and_an_end() -> None:
    terminal = Terminal()
    assert "9;4" not in terminal.look()
    assert terminal.look(fetched=0.43).endswith("\x1b]9;4;1;43\x1b\\")
    terminal.think(10)
    assert terminal.look(fetched=0.5).endswith("\x1b]9;4;3\x1b\\")
    terminal.situation.thinking = Thinking(Mode.BUDGET, budget=40)
    assert terminal.look().endswith("\x1b]9;4;1;25\x1b\\")
    terminal.situation.phase = Phase.IDLE
    assert terminal.look().endswith("\x1b]9;4;0\x1b\\")


def test_the_end_of_a_long_thought_calls_who_looks_elsewhere() -> None:
    assert "\x1b]9;Thought for 42 s, 1,203 tokens.\x1b\\" in Terminal().thought(42)
    assert "\a" in Terminal(Abilities()).thought(42)
    assert "\a" in Terminal().thought(42, LookSettings(notify=Notify.BELL))


def test_nobody_is_called_who_looks_or_for_a_short_thought_or_wants_no_call() -> None:
    silent = (
        Terminal().thought(42, focused=True),
        Terminal().thought(3),
        Terminal().thought(42, LookSettings(notify=Notify.OFF)),
    )
    assert not any("Thought" in said or "\a" in said for said in silent)
    assert "Thought" in Terminal().thought(3, LookSettings(notify_after=2))


@pytest.mark.parametrize(
    ("environ", "abilities"),
    [
        ({}, Abilities()),
        ({"TERM": "xterm-256color"}, Abilities()),
        ({"TERM": "foot"}, Abilities(notification="\x1b]777;notify;r1chat;")),
        ({"TERM_PROGRAM": "ghostty"}, Abilities(progress=True, notification="\x1b]9;")),
        ({"TERM_PROGRAM": "iTerm.app"}, Abilities(notification="\x1b]9;")),
        ({"WT_SESSION": "1"}, Abilities(progress=True)),
        ({"VTE_VERSION": "7600"}, Abilities()),
        ({"VTE_VERSION": "8001"}, Abilities(progress=True)),
        ({"VTE_VERSION": "new"}, Abilities()),
        ({"TERM_PROGRAM": "ghostty", "TMUX": "0"}, Abilities()),
    ],
)
def test_only_what_a_terminal_is_known_to_take_is_sent(environ: dict[str, str], abilities: Abilities) -> None:
    assert Abilities.of(environ) == abilities


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(Phase), st.floats(0, 1), st.integers(0, 10**9), st.booleans(), st.floats(0, 99)
        )
    )
)
def test_nothing_but_whole_sequences_ever_reaches_the_terminal(
    steps: list[tuple[Phase, float, int, bool, float]],
) -> None:
    terminal = Terminal()
    for phase, fraction, tokens, focused, seconds in steps:
        terminal.situation.phase, terminal.situation.fraction = phase, fraction
        terminal.situation.thought = tokens
        terminal.now += seconds
        assert SOUND.fullmatch(terminal.look(focused=focused, fetched=fraction))
