"""A group of commands that are imported when they are called."""

import importlib
from typing import ClassVar

import click

Row = tuple[str, str, str]
"""Module, name in it, and the line of the help page."""


class LazyGroup(click.Group):
    """A group that knows its commands by a table and imports none of them for a help page."""

    table: ClassVar[dict[str, Row]] = {}
    """The commands by their names, in the order of the help page."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names for the help page."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        module, name = self.table.get(cmd_name, ("", "", ""))[:2]
        command: click.Command | None = getattr(importlib.import_module(module), name) if module else None
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in self.table.items()])
