"""Settings: what outranks what, what a mistake is called, what a file looks like after a change."""

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.conversation import Mode
from r1chat.core.presets import Preset
from r1chat.errors import UsageError
from r1chat.settings import Settings, Source, keys, load, look, reset_value, set_value, word


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "config.toml"


def written(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_without_a_file_everything_is_as_it_comes(file: Path) -> None:
    assert load(file, {}) == Settings()
    assert not file.parent.exists()


def test_the_environment_outranks_the_file(file: Path) -> None:
    written(file, "[sampling]\ntop_p = 0.5\ntemperature = 1\n")
    settings = load(file, {"R1CHAT_SAMPLING_TOP_P": "0.7", "R1CHAT_HOME": "/nowhere"})
    assert (settings.sampling.top_p, settings.sampling.temperature) == (0.7, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[sampling]\n\ntop_p = 7\n",
            "line 3: the value of sampling.top_p cannot be used. Give a number above 0",
        ),
        ("[sampling]\ntop_p = nan\n", "line 2: the value of sampling.top_p cannot be used."),
        (
            "[sampling]\ntopp = 1\n",
            "line 2: there is no setting 'sampling.topp'. Did you mean 'sampling.top_p'?",
        ),
        (
            '[thinking]\nmode = "much"\n',
            "line 2: the value of thinking.mode cannot be used. Give one of full, b",
        ),
        ('thinking = {mode = "much"}\n', "line 1: the value of thinking.mode cannot be used."),
        (
            "[downloads]\nlimit = 0\n",
            "line 2: the value of downloads.limit cannot be used. Give a number",
        ),
        (
            "[downloads]\nat_once = 99\n",
            "line 2: the value of downloads.at_once cannot be used. Give",
        ),
        ("sampling = 3\n", "line 1: the value of sampling cannot be used. It is a table."),
        ("[nothing]\n", "line 1: there is no setting 'nothing'."),
        (
            "context.size = 3\n",
            "line 1: the value of context.size cannot be used. Give a whole number from 64",
        ),
        ("top p = 3\n", "line 1"),
        ("\0", "is no TOML"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(file: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        load(written(file, text), {})
    assert str(file) in str(error.value)
    assert said in str(error.value)


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    written(file, "").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="could not be read"):
        load(file, {})


def test_a_mistake_in_the_environment_names_the_variable(file: Path) -> None:
    with pytest.raises(UsageError, match="R1CHAT_CONTEXT_SIZE: '3' cannot be used"):
        load(file, {"R1CHAT_CONTEXT_SIZE": "3"})


def test_a_change_keeps_comments_and_all_other_lines(file: Path) -> None:
    before = (
        '# mine\nmodel = "a.gguf" # the good one\n\n'
        "[sampling]\n# hot\ntemperature = 0.9\n\n[context]\nsize = 100\n"
    )
    written(file, before)
    set_value(file, "sampling.temperature", "0.1")
    set_value(file, "thinking.mode", "off")
    after = file.read_text()
    assert after.startswith(before.replace("0.9", "0.1").rstrip("\n"))
    assert load(file, {}).thinking.mode is Mode.OFF


def test_none_takes_an_optional_value_away(file: Path) -> None:
    set_value(file, "context.size", "4096")
    assert load(file, {}).context.size == 4096
    set_value(file, "context.size", "none")
    assert load(file, {}) == Settings()


def test_a_file_with_a_mistake_is_not_written_over(file: Path) -> None:
    written(file, "mine = yes")
    with pytest.raises(UsageError):
        set_value(file, "model", "tiny")
    assert file.read_text() == "mine = yes"


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    kept = written(tmp_path / "dotfiles" / "r1chat.toml", "")
    file.parent.mkdir()
    file.symlink_to(kept)
    set_value(file, "model", "tiny")
    assert file.is_symlink()
    assert 'model = "tiny"' in kept.read_text()


def test_an_unknown_key_gets_the_nearest_one(file: Path) -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'context\.size'\?"):
        set_value(file, "contxt.size", "100")


@given(text=st.text(max_size=200))
def test_any_file_is_read_or_refused_in_a_sentence(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("any") / "config.toml"
    file.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    with contextlib.suppress(UsageError):
        load(file, {})


@pytest.mark.parametrize("name", [key.name for key in keys()])
def test_every_setting_can_be_set_to_its_default_and_is_described(name: str, file: Path) -> None:
    key = next(key for key in keys() if key.name == name)
    assert key.description.endswith(".")
    assert key.takes
    set_value(file, name, word(key.default).strip('"'))
    assert load(file, {}) == Settings()
    if file.exists():
        tomllib.loads(file.read_text())


def test_a_mistake_costs_its_own_value_and_no_other(file: Path) -> None:
    written(file, "model = 3\n[sampling]\ntop_p = 7\ntemperature = 1\n[presets.mine]\ntemperature = 9\n")
    found = look(file, {"R1CHAT_CONTEXT_SIZE": "3", "R1CHAT_THINKING_MODE": "off"})
    assert (found.settings.sampling.temperature, found.settings.sampling.top_p) == (1, 0.95)
    assert [str(problem).rpartition("config.toml")[2][:42] for problem in found.problems] == [
        ", line 1: the value of model cannot be use",
        ", line 3: the value of sampling.top_p cann",
        ", line 6: the value of presets.mine.temper",
        "R1CHAT_CONTEXT_SIZE: '3' cannot be used. G",
    ]
    assert found.sources == {
        "sampling.temperature": Source.FILE,
        "thinking.mode": Source.ENVIRONMENT,
    }


def test_keys_are_bound_by_the_names_of_commands(file: Path) -> None:
    written(file, '[keys]\nstop = ["f7", "f8"]\nprompt.send = "ctrl+s"\n"help.close" = "x" # mine\n')
    assert load(file, {}).keymap() == {"stop": "f7,f8", "prompt.send": "ctrl+s", "help.close": "x"}
    set_value(file, "keys.prompt.send", "enter")
    set_value(file, "keys.help.close", "z")
    set_value(file, "keys.models.look", "l")
    set_value(file, "keys.stop", "none")
    assert load(file, {}).keymap() == {"prompt.send": "enter", "help.close": "z", "models.look": "l"}
    assert "# mine" in file.read_text()
    with pytest.raises(UsageError, match=r"no setting 'keys\.stopp'"):
        set_value(file, "keys.stopp", "x")


def test_a_preset_is_made_changed_and_removed_by_its_name(file: Path) -> None:
    written(file, "# mine\n[presets.hot]\ntemperature = 1.5\n")
    set_value(file, "presets.calm.temperature", "0.4")
    set_value(file, "presets.calm.top_p", "0.8")
    set_value(file, "presets.hot.top_p", "0.9")
    assert load(file, {}).own_presets() == (Preset("hot", 1.5, 0.9), Preset("calm", 0.4, 0.8))
    set_value(file, "presets.hot", "none")
    assert load(file, {}).own_presets() == (Preset("calm", 0.4, 0.8),)
    assert file.read_text().startswith("# mine\n")
    before = file.read_text()
    for name, value in (
        ("presets.calm.top_p", "7"),
        ("presets.calm", "0.3"),
        ("presets.calm.heat", "1"),
        ("presets.two words.top_p", "0.5"),
        ("presets..top_p", "0.5"),
    ):
        with pytest.raises(UsageError):
            set_value(file, name, value)
    assert file.read_text() == before


def test_presets_of_ones_own_are_read_in_order(file: Path) -> None:
    written(file, "[presets.hot]\ntemperature = 1.5\n[presets.cold]\ntemperature = 0\ntop_p = 1\n")
    assert load(file, {}).own_presets() == (Preset("hot", 1.5, 0.95), Preset("cold", 0, 1))


def test_a_value_that_cannot_be_is_mended_here_and_stands_in_no_others_way(file: Path) -> None:
    written(file, '# mine\n[sampling]\ntemperature = "hot" # wrong\nbogus = 1\n')
    set_value(file, "sampling.top_p", "0.5")
    set_value(file, "sampling.temperature", "0.4")
    found = look(file, {})
    assert (found.settings.sampling.temperature, found.settings.sampling.top_p) == (0.4, 0.5)
    assert len(found.problems) == 1
    assert file.read_text().startswith("# mine\n[sampling]\ntemperature = 0.4 # wrong\nbogus = 1\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sampling = 3", "sampling.top_p"),
        ("keys = 1", "keys.stop"),
        ("presets.a = 1", "presets.a.top_p"),
        ("model = ", "model"),
    ],
)
def test_where_nothing_can_be_changed_the_file_stays_as_it_is(file: Path, text: str, name: str) -> None:
    written(file, text)
    with pytest.raises(UsageError):
        set_value(file, name, "1")
    assert file.read_text() == text


def test_a_value_that_is_reset_leaves_the_file(file: Path) -> None:
    set_value(file, "look.theme", "nord")
    set_value(file, "look.reduced_motion", "true")
    reset_value(file, "look.theme")
    reset_value(file, "look.title")
    assert "nord" not in file.read_text()
    assert load(file, {}).look.reduced_motion


def test_the_file_is_nobody_elses(file: Path) -> None:
    written(file, "").chmod(0o644)
    set_value(file, "model", "tiny")
    assert file.stat().st_mode & 0o777 == 0o600
