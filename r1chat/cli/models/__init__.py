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
        "search": ("r1chat.cli.models.searching", "search_models", "What the Hugging Face Hub has."),
        "pull": ("r1chat.cli.models.pulling", "pull_model", "Fetch a model, or go on fetching it."),
        "info": ("r1chat.cli.models.info", "show_info", "What a model is, and what it needs."),
        "import": ("r1chat.cli.models.importing", "import_file", "Bring a file into the library."),
        "verify": ("r1chat.cli.models.verifying", "verify", "Whether a model's files are whole and right."),
        "remove": ("r1chat.cli.models.removing", "remove", "Delete a model of r1chat's own."),
    }


@click.group(cls=Commands)
def models() -> None:
    """Models: which there are, which fit this machine, and which are on it."""
