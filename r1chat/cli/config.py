"""`r1chat config`: what can be set, and what is."""

import os

import click

from r1chat.cli.options import json_option
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.paths import default_paths
from r1chat.settings import keys, load, set_value, word


@click.group()
def config() -> None:
    """Settings: their file, their values, a new value for one."""


@config.command()
def path() -> None:
    """Where the settings are kept; the file need not be there."""
    click.echo(plain(str(default_paths().settings)))


@config.command()
@json_option
def show(*, as_json: bool) -> None:
    """Every setting, what it is at and what it is for."""
    current = load(default_paths().settings, os.environ)
    values = {key.name: key.value(current) for key in keys()}
    if as_json:
        click.echo(json_text(values))
        return
    width = max(len(f"{name} = {word(value)}") for name, value in values.items())
    for key in keys():
        value = values[key.name]
        mark = "*" if value != key.default else " "
        click.echo(f"{mark} {plain(f'{key.name} = {word(value)}'):{width}}  {key.description}")
    click.echo("* is not the default; `r1chat config set KEY VALUE` changes one.", err=True)


@config.command("set")
@click.argument("key")
@click.argument("value")
def set_key(key: str, value: str) -> None:
    """Give one setting a new value; `none` takes an optional one away."""
    paths = default_paths()
    set_value(paths.settings, key, value)
    click.echo(f"{plain(key)} = {plain(value)} in {plain(str(paths.settings))}", err=True)
