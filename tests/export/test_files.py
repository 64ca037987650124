from pathlib import Path

import pytest

from r1chat.core.conversation import Chat, Conversation
from r1chat.errors import UsageError
from r1chat.export.files import default_name, write

CHAT = Conversation(Chat(id="c", title="T"), ())


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("What is 2+2?", "What-is-2-2.md"),
        ("../../etc/passwd", "etc-passwd.md"),
        (".hidden", "hidden.md"),
        ("你好，世界", "你好-世界.md"),
        ("\x1b[31m\n", "31m.md"),
        ("???", "chat.md"),
        ("x" * 300, "x" * 60 + ".md"),
    ],
)
def test_a_name_from_a_title_is_safe(title: str, name: str) -> None:
    assert default_name(Chat(id="c", title=title)) == name


def test_a_name_that_does_not_say_the_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.json"):
        write(CHAT, str(tmp_path / "chat.pdf"))
    assert not list(tmp_path.glob("chat*"))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        write(CHAT, str(tmp_path / "nowhere" / "chat.md"))
    for name in ("~nobodyhere/chat.md", "a\0.md"):
        with pytest.raises(UsageError, match="cannot be written"):
            write(CHAT, name)


def test_home_may_be_written_as_a_tilde() -> None:
    assert write(CHAT, "~/chat.json") == Path.home() / "chat.json"
