"""Files that are named in what is typed."""

from pathlib import Path

import pytest

from r1chat.core.commands import COMMANDS
from r1chat.tui.file_arguments import file_begun
from r1chat.tui.mentions import Begun, begun, file_at, mentioned, path_offer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "notes.txt",
        "Nine.md",
        "my notes.txt",
        ".hidden",
        "sub/deep.txt",
        "sub dir/x",
        'q"q',
        "e\x1bsc",
    ):
        path = tmp_path / "here" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("x")
    return tmp_path / "here"


def offered(typed: str, folder: Path) -> list[str]:
    mention = begun(typed)
    assert mention is not None
    offer = path_offer(mention, folder)
    return [choice.text for choice in offer.choices] if offer else []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("@a.txt", "a.txt"),
        ("Read @a/b.c, then", "a/b.c,"),
        ('("@my file.txt")', None),
        ('see @"my file.txt".', "my file.txt"),
        ("(@a.txt)", "a.txt)"),
        ("me@example.com", None),
        ("@", None),
        ("a@b @ c", None),
        ("@\n", None),
    ],
)
def test_a_mention_begins_a_word(text: str, first: str | None) -> None:
    found = mentioned(text)
    assert (found[0][0] if found else None) == first


def test_what_ends_a_sentence_may_not_belong_to_the_name() -> None:
    assert mentioned("@a.txt?!") == (("a.txt?!", "a.txt?", "a.txt"),)


def test_the_mention_that_is_being_typed() -> None:
    assert begun("see @no") == Begun("@no", "no")
    assert begun('see @"my no') == Begun('@"my no', "my no")
    assert begun("see @no ") is None
    assert begun("me@no") is None
    assert begun('@"done"') is None


def test_paths_are_offered_folders_first_and_hidden_ones_only_when_asked(folder: Path) -> None:
    assert offered("@", folder) == ["@sub/", '@"sub dir/', '@"my notes.txt" ', "@Nine.md ", "@notes.txt "]
    assert offered("@n", folder) == ["@Nine.md ", "@notes.txt "]
    assert offered("@.", folder) == ["@.hidden "]
    assert offered('@"m', folder) == ['@"my notes.txt" ']
    assert offered("@sub/", folder) == ["@sub/deep.txt "]
    assert offered('@"sub dir/', folder) == ['@"sub dir/x" ']
    assert offered("@nowhere/", folder) == []
    assert offered("@zzz", folder) == []


def test_the_file_of_a_slash_command_is_offered_as_the_command_reads_it(folder: Path) -> None:
    def offered(typed: str) -> list[str]:
        path = file_begun(typed, COMMANDS)
        offer = path_offer(path, folder) if path else None
        assert all(choice.text.startswith(" ") for choice in offer.choices) if offer else True
        return [choice.text[1:] for choice in offer.choices] if offer else []

    assert offered("/export ") == ["sub/", "sub dir/", "my notes.txt", "Nine.md", "notes.txt"]
    assert offered("/export my n") == ["my notes.txt"]
    assert offered("/export sub dir/") == ["sub dir/x"]
    assert offered("/export notes.txt") == []
    assert offered("/save n") == ["Nine.md ", "notes.txt "]
    assert offered("/save! my") == offered('/save "my n') == offered("/save 'my n") == ['"my notes.txt" ']
    assert offered('/save "sub') == ["sub/", '"sub dir/']
    assert offered("/save notes.txt 2") == offered("/rename n") == offered("/export") == []


def test_what_a_command_does_with_a_file_is_told_where_there_is_none_yet(tmp_path: Path) -> None:
    path = file_begun("/export ", COMMANDS)
    assert path is not None
    offer = path_offer(path, tmp_path / "home")
    assert offer is not None
    assert not offer.choices
    assert offer.hint.startswith("/export FILE · ")


def test_a_link_that_leads_to_itself_hides_nothing_else(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    assert "@notes.txt " in offered("@", folder)


def test_the_home_folder_is_walked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert "@~/notes.txt " in offered("@~", folder / "sub")
    assert offered("@~/no", folder / "sub") == ["@~/notes.txt "]
    assert file_at("~/notes.txt", folder / "sub") == folder / "notes.txt"


def test_only_a_file_is_a_file(folder: Path) -> None:
    assert file_at("notes.txt", folder) == folder / "notes.txt"
    assert file_at(str(folder / "notes.txt"), folder / "sub") == folder / "notes.txt"
    for name in ("sub", "nothing", "a\0b", "x" * 5000, "~nosuchuser/x"):
        assert file_at(name, folder) is None
