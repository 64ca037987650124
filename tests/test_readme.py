"""README says what the program says of itself."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from r1chat.cli.main import _COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme", ROOT / "packaging" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_keys_and_figures_are_those_of_the_program(readme: ModuleType) -> None:
    assert readme.filled(README) == README


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_is_named(name: str) -> None:
    assert f"r1chat {name}" in README


@pytest.mark.parametrize("name", ["chat", "outline", "models"])
def test_its_pictures_are_there(name: str) -> None:
    path = f"assets/screenshots/{name}.svg"
    assert path in README
    assert (ROOT / path).read_text(encoding="utf-8").startswith("<svg")
