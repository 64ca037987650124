"""The sidebar in a real pseudo-terminal, over chats with the embedded model."""

from pathlib import Path

from tests.cli.program import r1chat
from tests.e2e.terminal import terminal

CTRL_N, CTRL_O, CTRL_Q = "\x0e", "\x0f", "\x11"
ENTER, ESCAPE = "\r", "\x1b"


def test_a_chat_is_named_pinned_tagged_copied_found_exported_and_deleted(tmp_path: Path) -> None:
    with terminal() as session:
        session.wait("tiny · CPU")
        session.type("Compute 2 + 3." + ENTER)
        session.wait("⟦")
        session.wait(lambda screen: "Esc stop" not in screen)
        session.type(CTRL_O)
        session.wait("r rename")
        session.type("r")
        session.wait("Title")
        session.type(" Mine" + ENTER)
        session.wait(lambda screen: "Compute 2 + 3. Mine" in screen and "Title" not in screen)
        session.type("p")
        session.wait("★ Compute 2 + 3. Mine")
        session.type("t")
        session.wait("Tags, parted")
        session.type("school" + ENTER)
        session.wait(lambda screen: "#school" in screen and "Tags, parted" not in screen)
        session.wait("You  Compute 2 + 3.")  # the preview
        session.type("a")
        session.wait("No chats yet.")
        session.type("h")
        session.wait("★ Compute 2 + 3. Mine")
        session.type("a")
        session.wait("is in the list again")
        session.type("h")
        session.wait("★ Compute 2 + 3. Mine")
        session.type("c")
        session.wait("(copy)")
        session.type(ESCAPE)
        session.wait(lambda screen: "r rename" not in screen)
        session.type("/search in:question comp" + ENTER)
        session.wait("question ·")
        session.type(ESCAPE)
        session.wait(lambda screen: "question ·" not in screen)
        session.type(ESCAPE)
        session.wait(lambda screen: "r rename" not in screen)
        session.type(f"/export {tmp_path / 'sums.md'}" + ENTER)
        session.wait("Written to")
        session.type("/delete" + ENTER)
        session.wait("Deleted “")
        session.type("/undo" + ENTER)
        session.wait("Compute 2 + 3.")
        session.type("/delete" + ENTER)
        session.wait(lambda screen: "Compute 2 + 3." not in screen)
        session.type(CTRL_Q)
        assert session.ended() == 0
    assert "Compute 2 + 3." in (tmp_path / "sums.md").read_text()
    listed = r1chat("chats", "list").out
    assert "Compute 2 + 3. Mine (copy)" in listed
    assert len(listed.splitlines()) == 1


def test_a_private_chat_says_so_and_leaves_nothing(isolated: Path) -> None:
    with terminal() as session:
        session.wait("tiny · CPU")
        session.type("/private" + ENTER)
        session.wait("nothing of it is written")
        session.type("Compute 7 + 4." + ENTER)
        session.wait("⟦")
        session.type(CTRL_N)
        session.wait(lambda screen: "private" not in screen)
        session.type(CTRL_Q)
        assert session.ended() == 0
    files = [file for file in isolated.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"7 + 4" in file.read_bytes()]
