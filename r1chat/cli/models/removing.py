"""`r1chat models remove`: delete a model of r1chat's own."""

import sys

import click

from r1chat.cli.options import json_option
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.core.units import size
from r1chat.hub.care import freed_by_removal, remove_model
from r1chat.hub.library import find
from r1chat.paths import default_paths


@click.command()
@click.argument("model")
@click.option("-y", "--yes", is_flag=True, help="Do not ask; scripts are never asked.")
@json_option
def remove(model: str, *, yes: bool, as_json: bool) -> None:
    """Delete a model from r1chat's own folder. Files of other programs are left alone."""
    found = find(model, default_paths())
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        click.confirm(
            f"Delete {plain(found.name)}? It frees {size(freed_by_removal(found))}.", abort=True, err=True
        )
    result = remove_model(found)
    if as_json:
        click.echo(json_text(result))
        return
    click.echo(" ".join(f"Removed {plain(found.name)}; {size(result.freed)} freed. {result.note}".split()))
