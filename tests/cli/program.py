"""Runs the real program as a person's shell would."""

import os
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    code: int
    out: str
    err: str


def r1chat(*arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> Result:
    """`r1chat` with `stdin` piped in, in this test's own folders."""
    run = subprocess.run(
        [sys.executable, "-m", "r1chat", *arguments],
        input=stdin.encode(),
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=100,
        check=False,
    )
    return Result(run.returncode, run.stdout.decode(), run.stderr.decode())
