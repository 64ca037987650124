"""`r1chat models list`: what is on this machine."""

import click

from r1chat.cli.columns import columns
from r1chat.cli.options import json_option
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.core.units import size
from r1chat.hub.discovery import Origin
from r1chat.hub.library import LocalModel, installed
from r1chat.paths import default_paths


@click.command()
@json_option
def list_models(*, as_json: bool) -> None:
    """The models that can be used now, those of other programs among them."""
    found = installed(default_paths())
    if as_json:
        click.echo(json_text(found))
        return
    rows = [[" ".join(plain(model.name).split()), size(model.size), *_notes(model)] for model in found]
    for line in columns(rows, right=[1]):
        click.echo(line)


def _notes(model: LocalModel) -> list[str]:
    """Whose it is, and what is wrong with it."""
    where = "embedded; the default" if model.origin is Origin.EMBEDDED else str(model.origin)
    return [where, " ".join(plain(model.problem).split())]
