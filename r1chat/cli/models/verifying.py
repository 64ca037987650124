"""`r1chat models verify`: whether a model's files are whole and right."""

import os
from pathlib import Path

import click

from r1chat.cli.models.progress import ProgressLine
from r1chat.cli.options import json_option
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.errors import UsageError
from r1chat.hub.care import verify_model
from r1chat.hub.library import LocalModel, find
from r1chat.paths import default_paths


@click.command()
@click.argument("model")
@json_option
def verify(model: str, *, as_json: bool) -> int:
    """Check a model's structure, and its checksum where one is known. Exit code 1 where it is wrong."""
    found = _find(model)
    with ProgressLine("Reading") as progress:
        result = verify_model(found, progress)
    if as_json:
        click.echo(json_text(result))
    else:
        for part, checksum in zip(found.files, result.sha256, strict=False):
            click.echo(f"{checksum}  {plain(part)}")
        click.echo(result.note)
    return 0 if result.matches else 1


def _find(name: str) -> LocalModel:
    """The library's model, or a file that is not in it."""
    try:
        return find(name, default_paths())
    except UsageError:
        path = Path(os.path.expanduser(name))
        if not path.is_file():
            raise
        return LocalModel(name=path.stem, path=str(path), size=path.stat().st_size, files=(str(path),))
