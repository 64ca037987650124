"""`r1chat models list`: what is on this machine."""

import click
import msgspec

from r1chat.cli.options import json_option
from r1chat.core.terminal import plain, plain_json
from r1chat.hub.library import TINY, installed
from r1chat.paths import default_paths


@click.command("list")
@json_option
def list_models(*, as_json: bool) -> None:
    """The models that can be used now."""
    found = installed(default_paths())
    if as_json:
        click.echo(plain_json(msgspec.json.encode(found).decode()))
        return
    for model in found:
        note = "  embedded; the default" if model.name == TINY else ""
        name = " ".join(plain(model.name).splitlines())
        click.echo(f"{name}  {model.size / 1e6:,.1f} MB{note}")
