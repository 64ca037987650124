"""What is taken out of a chat: to the clipboard, and into files."""

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.engine.fake_reply import Reply
from r1chat.errors import UsageError
from r1chat.paths import default_paths
from r1chat.tui import carriers
from r1chat.tui.code_blocks import CodeWalk, code_blocks, numbered, save
from r1chat.tui.widgets.fence import Fence
from tests.tui.stage import THOUGHT, Gate, Stage, staged

CODES = (
    "First:\n\n```python\nprint(1)\n```\n\n- then\n\n  ```sh\n  ls\n  ```\n\nand\n\n````\nraw\n```\n````\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(stage: Stage) -> str:
    """The last word in passing."""
    messages = [told.message for told in stage.app._notifications]
    return messages[-1] if messages else ""


def test_blocks_are_found_wherever_they_stand() -> None:
    assert [(block.language, block.code) for block in code_blocks(CODES)] == [
        ("python", "print(1)\n"),
        ("sh", "ls\n"),
        ("", "raw\n```\n"),
    ]
    assert [block.title for block in code_blocks("```c\nx\ny\n")] == ["c, 2 lines"]
    assert code_blocks("no `code` here") == ()


def test_a_block_is_named_by_its_number() -> None:
    blocks = code_blocks(CODES)
    assert numbered(blocks, "2").language == "sh"
    assert numbered(blocks, "").number == 3
    for words in ("0", "4", "x", "²", "-1", "9" * 5000):
        with pytest.raises(UsageError, match="There is no block"):
            numbered(blocks, words)


def test_the_walk_goes_from_the_last_block_to_the_first_and_round() -> None:
    walk = CodeWalk()
    assert [walk.next(CODES).number for _ in range(4)] == [3, 2, 1, 3]
    assert walk.next("```\nother\n```").number == 1


@given(st.text(alphabet="`~\n x>-", max_size=40))
def test_any_answer_has_blocks_or_none(text: str) -> None:
    assert [block.number for block in code_blocks(text)] == list(range(1, len(code_blocks(text)) + 1))


def test_a_file_is_never_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    save(path, "one\n", over=False)
    with pytest.raises(UsageError, match="is there already; it was left as it is"):
        save(path, "two\n", over=False)
    assert path.read_text() == "one\n"
    path.chmod(0o755)
    save(path, "two \ud800\n", over=True)
    assert path.read_text() == "two ?\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["a.py"]


def test_no_folder_is_made_and_no_folder_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        save(tmp_path / "x" / "a.py", "", over=False)
    for over in (False, True):
        with pytest.raises(UsageError, match="is a folder"):
            save(tmp_path, "", over=over)
    with pytest.raises(UsageError, match="no file can be called so"):
        save(tmp_path / "a\0", "", over=False)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("environ", "system", "command"),
    [
        ({"TMUX": "x", "SSH_TTY": "y"}, "linux", "tmux"),
        ({"WAYLAND_DISPLAY": "x", "DISPLAY": ":0"}, "linux", "wl-copy"),
        ({"DISPLAY": ":0"}, "linux", "xclip"),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "x"}, "linux", None),
        ({}, "darwin", "pbcopy"),
        ({"WSL_DISTRO_NAME": "x"}, "linux", "clip.exe"),
        ({}, "linux", None),
    ],
)
def test_the_program_is_that_of_the_persons_own_desktop(
    environ: dict[str, str], system: str, command: str | None
) -> None:
    found = carriers.program(environ, lambda name: name, system)
    assert (found[0] if found else None) == command
    assert carriers.program(environ, lambda _name: None, system) == []


async def test_a_program_gets_the_text_and_one_that_fails_is_no_carrier(tmp_path: Path) -> None:
    path = tmp_path / "got"
    assert await carriers.run(["sh", "-c", f"cat > {path}"], "π\n")
    assert path.read_text() == "π\n"
    assert not await carriers.run(["sh", "-c", "exit 3"], "x")
    assert not await carriers.run(["/nowhere/at/all"], "x")


async def test_the_answer_thought_question_and_chat_are_copied() -> None:
    async with staged(Reply(THOUGHT, CODES)) as stage:
        await stage.ask("Why?")
        for words, copied in [
            ("", CODES),
            ("answer", CODES),
            ("thought", THOUGHT.strip("\n")),
            ("question", "Why?"),
        ]:
            await stage.type(f"/copy {words}")
            assert stage.app.clipboard == copied
        assert told(stage) == "Copied the question: 1 line, 4 characters."
        await stage.type("/copy chat")
        assert "## You\n\nWhy?" in stage.app.clipboard
        await stage.type("/copy nonsense")
        assert stage.chat.prompt.text == "/copy nonsense"
        assert told(stage) == "Say /copy answer, code, thought, question or chat."


async def test_what_is_selected_with_the_mouse_says_how_it_is_copied() -> None:
    async with staged(Reply("Hm.", "Some words of an answer.")) as stage:
        await stage.ask()
        words = stage.chat.query("Prose").last()
        await stage.pilot.mouse_down(words, offset=(0, 0))
        await stage.pilot.hover(words, offset=(9, 0))
        await stage.pilot.mouse_up(words, offset=(9, 0))
        await stage.until(lambda: told(stage) == "Ctrl+C copies what is selected.")
        await stage.pilot.press("ctrl+c")
        assert stage.app.clipboard == "Some words"
        assert told(stage) == "Copied what was selected: 10 characters."
        await stage.pilot.click(words)
        await stage.pilot.press("ctrl+c")
        assert "once more to quit" in told(stage)


async def test_code_is_copied_from_the_last_block_backwards() -> None:
    async with staged(Reply(THOUGHT, CODES)) as stage:
        await stage.pilot.press("shift+f4")
        assert told(stage).startswith("There is no code in this answer.")
        await stage.ask()
        await stage.pilot.press("shift+f4")
        assert (stage.app.clipboard, told(stage)) == ("raw\n```\n", "Copied block 3 of 3, code, 2 lines.")
        await stage.pilot.press("f16")
        assert (stage.app.clipboard, told(stage)) == ("ls\n", "Copied block 2 of 3, sh, 1 line.")
        await stage.type("/copy code 1")
        assert (stage.app.clipboard, told(stage)) == ("print(1)\n", "Copied block 1 of 3, python, 1 line.")


async def test_code_is_saved_where_a_person_says(folder: Path) -> None:
    async with staged(Reply(THOUGHT, CODES)) as stage:
        await stage.ask()
        await stage.type("/save 'my code.py' 1")
        await stage.until((folder / "my code.py").exists)
        assert (folder / "my code.py").read_text() == "print(1)\n"
        await stage.type("/save 'my code.py'")
        await stage.until(lambda: bool(stage.chat.prompt.text))
        assert stage.chat.prompt.text == "/save 'my code.py'"
        assert "is there already" in told(stage)
        stage.chat.prompt.clear()
        await stage.type("/save! 'my code.py' 2")
        await stage.until(lambda: (folder / "my code.py").read_text() == "ls\n")
        await stage.type("/save 'x")
        assert told(stage).startswith("It takes the name of a file.")


async def test_what_a_terminal_may_drop_is_also_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "Apple_Terminal")
    async with staged(path=tmp_path / "chats.db") as stage:
        await stage.ask()
        await stage.pilot.press("f4")
        path = default_paths().copied
        await stage.until(lambda: "it is also in" in told(stage))
        assert path.read_text() == stage.reply.answer.text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert str(path) in told(stage)


async def test_a_private_chat_is_copied_to_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "Apple_Terminal")
    async with staged() as stage:
        await stage.type("/private")
        await stage.until(lambda: stage.session.private)
        await stage.ask()
        await stage.pilot.press("f4")
        await stage.until(lambda: "a private chat is written to no file" in told(stage))
        assert not default_paths().copied.exists()


async def test_a_private_chat_that_is_left_while_it_is_copied_is_in_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate()

    async def slow(*_: object) -> bool:
        await gate()
        return False

    monkeypatch.setenv("TERM_PROGRAM", "Apple_Terminal")
    monkeypatch.setattr(carriers, "program", lambda _environ: ["slow"])
    monkeypatch.setattr(carriers, "run", slow)
    async with staged() as stage:
        await stage.type("/private")
        await stage.until(lambda: stage.session.private)
        await stage.ask()
        await stage.pilot.press("f4")
        await stage.until(lambda: gate.holds)
        await stage.type("/new")
        await stage.until(lambda: not stage.session.private)
        gate.open()
        await stage.until(lambda: "a private chat is written to no file" in told(stage))
        assert not default_paths().copied.exists()


async def test_what_is_long_is_also_in_a_file_that_holds_only_the_last(tmp_path: Path) -> None:
    async with staged(path=tmp_path / "chats.db") as stage:
        for letter in "ab":
            stage.app.copy_to_clipboard(letter * 80_000)
            await stage.until(lambda letter=letter: _read(default_paths().copied) == letter * 80_000)


async def test_hostile_text_reaches_the_terminal_as_base64_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged() as stage:
        written: list[str] = []
        driver = stage.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        stage.app.copy_to_clipboard("\x1b]52;c;!\a \ud800 π")
        (sequence,) = [data for data in written if data.startswith("\x1b]52")]
        payload = sequence.removeprefix("\x1b]52;c;").removesuffix("\a")
        assert base64.b64decode(payload, validate=True).decode() == "\x1b]52;c;!\a ? π"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def test_blocks_of_code_say_their_numbers_where_there_are_several() -> None:
    several = "```python\none\n```\n\n1. item\n\n   ```\n   two\n   ```\n\n~~~sh\nthree\n~~~\n"
    async with staged(Reply("", several), Reply("", "```python\nalone\n```\n")) as stage:
        await stage.ask()
        labels = [str(fence.border_title or "") for fence in stage.reply.query(Fence)]
        assert labels == ["1 · python", "2", "3 · sh"]
        assert [block.number for block in code_blocks(several)] == [1, 2, 3]
        await stage.ask()
        assert [fence.border_title for fence in stage.reply.query(Fence)] == [None]
