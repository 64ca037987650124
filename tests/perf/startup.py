"""How long r1chat takes to start: importing the screen, and the whole program until its prompt is painted.

    python -m tests.perf.startup

Each figure is the best and the median of several runs in fresh interpreters. Importing is CPU time; painting
is wall-clock time in a pseudo-terminal, from `exec` to the prompt on the screen, with the scripted engine.
The modules are compiled beforehand, as an installation has them.
"""

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 7
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
IMPORT = "import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
MODULES = ("r1chat.cli.main", "textual.app, textual.screen, textual.widget", "r1chat.tui.app")


def import_s(module: str) -> float:
    """Seconds of CPU that importing takes."""
    run = subprocess.run(
        [sys.executable, "-c", IMPORT.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    return float(run.stdout)


def paint_s() -> float:
    """Seconds from starting the program to its prompt on the screen."""
    with tempfile.TemporaryDirectory() as home:
        terminal, inside = pty.openpty()
        environment = {**ENVIRONMENT, "R1CHAT_HOME": home, "TERM": "xterm-256color", "LINES": "30"}
        start = time.monotonic()
        program = subprocess.Popen(
            [sys.executable, "-m", "r1chat", "--engine", "fake"],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env=environment | {"COLUMNS": "100"},
        )
        os.close(inside)
        seen = b""
        while b"sk anything" not in seen:
            if not select.select([terminal], [], [], 20)[0]:
                raise TimeoutError(seen[-500:])
            seen += os.read(terminal, 65536)
        passed = time.monotonic() - start
        os.write(terminal, b"\x11")  # Ctrl+Q
        drain(terminal)
        program.wait()
    return passed


def drain(terminal: int) -> None:
    """Read until the program is gone: a full terminal would hold it up."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        os.close(terminal)


def main() -> None:
    """Print a line for each."""
    paint_s()  # compiles what is not compiled yet
    for module in MODULES:
        report(f"import {module}", [import_s(module) for _ in range(RUNS)])
    report("r1chat to its first paint", [paint_s() for _ in range(RUNS)])


def report(name: str, seconds: list[float]) -> None:
    """One line, in milliseconds."""
    print(
        f"{name:<45} best {1000 * min(seconds):4.0f} ms, median {1000 * statistics.median(seconds):4.0f} ms"
    )


if __name__ == "__main__":
    main()
