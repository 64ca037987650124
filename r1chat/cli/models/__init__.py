"""`r1chat models`: what exists, what fits, how it gets here, what is here."""

from typing import ClassVar

import click

from r1chat.cli.lazy import LazyGroup, Row


class Commands(LazyGroup):
    """One module a command."""

    table: ClassVar[dict[str, Row]] = {
        "list": ("r1chat.cli.models.listing", "list_models", "The models that can be used now."),
        "catalog": ("r1chat.cli.models.catalogue", "list_catalog", "The models that r1chat knows by name."),
        "fit": ("r1chat.cli.models.fitting", "fit_models", "What fits this machine, before it is fetched."),
    }


@click.group(cls=Commands)
def models() -> None:
    """Models: which there are, which fit this machine, and which are on it."""
