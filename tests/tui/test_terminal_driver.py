import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from r1chat.tui.terminal_driver import meant


@pytest.mark.parametrize(
    ("sent", "key"),
    [("\x1b[1;2R", "shift+f3"), ("\x1b[13;2~", "shift+f3"), ("\x1bOR", "f3"), ("\x1b[1;2Q", "shift+f2")],
)
def test_keys_are_read_as_terminals_send_them(sent: str, key: str) -> None:
    (read,) = (one for one in map(meant, XTermParser().feed(sent)) if isinstance(one, Key))
    assert key in {read.key, *read.aliases}
