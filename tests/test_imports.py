"""Start-up is a budget: what a clean interpreter has imported after the first import."""

import subprocess
import sys

import pytest

HEAVY = {"llama_cpp", "numpy", "huggingface_hub", "httpx2", "httpx", "jinja2"}


def imported(code: str) -> set[str]:
    code += "\nimport sys; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}


@pytest.mark.parametrize(
    "code",
    [
        "import r1chat.tui.app",
        "import r1chat.cli.screen, r1chat.tui.app",
        "import r1chat.cli.ask",
        "import r1chat.engine.local, r1chat.engine.fake, r1chat.session",
        "import r1chat.engine.either, r1chat.engine.remote, r1chat.engine.endpoint",
        "import r1chat.cli.models.listing, r1chat.cli.chats, r1chat.cli.doctor",
        "import r1chat.cli.models.fitting, r1chat.cli.models.catalogue, r1chat.cli.models.info",
        "import r1chat.cli.models.importing, r1chat.cli.models.verifying, r1chat.cli.models.removing",
        "import r1chat.tui.screens.models",
    ],
)
def test_nothing_heavy_is_imported_outside_the_engine_child(code: str) -> None:
    assert not imported(code) & HEAVY


@pytest.mark.parametrize(
    "code",
    [
        "import r1chat.cli.ask",
        "import r1chat.cli.chats, r1chat.cli.models.listing, r1chat.cli.doctor, r1chat.cli.screen",
        "import sys\nsys.argv = ['r1chat', '--version']\nimport runpy, contextlib\n"
        "with contextlib.suppress(SystemExit): runpy.run_module('r1chat', run_name='__main__')",
    ],
)
def test_the_command_line_does_not_import_textual(code: str) -> None:
    assert not imported(code) & {"textual", "rich"}


def test_the_version_imports_neither_store_nor_engine() -> None:
    assert not imported("import r1chat.cli.main") & {"sqlite3", "asyncio", "msgspec"}


def test_the_screen_is_painted_before_mathematics_and_process_lists_are_imported() -> None:
    assert not imported("import r1chat.tui.app") & {"psutil", "pylatexenc", "mdit_py_plugins"}
