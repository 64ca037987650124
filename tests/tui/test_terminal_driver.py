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


def test_alt_with_a_letter_is_a_key_and_types_nothing() -> None:
    parser = XTermParser()
    (read,) = (one for one in map(meant, [*parser.feed("\x1bt"), *parser.feed("")]) if isinstance(one, Key))
    assert read.key == "alt+t"
    assert not read.is_printable
