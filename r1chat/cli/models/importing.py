"""`r1chat models import`: bring a file that is here already into the library."""

from pathlib import Path

import click

from r1chat.cli.models.progress import ProgressLine
from r1chat.cli.options import json_option
from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.hub.care import How, import_model
from r1chat.hub.library import find
from r1chat.paths import default_paths


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--link", "how", flag_value="link", default="link", help="A symbolic link: no room (the default)."
)
@click.option("--hardlink", "how", flag_value="hardlink", help="A second name for the file: no room.")
@click.option("--copy", "how", flag_value="copy", help="A copy.")
@click.option("--move", "how", flag_value="move", help="Take it away from where it is.")
@json_option
def import_file(path: Path, *, how: str, as_json: bool) -> None:
    """Bring a .gguf file into the library. It is checked first; of a split model name the first part."""
    paths = default_paths()
    with ProgressLine("Copying") as progress:
        files = import_model(path, How(how), paths, progress)
    model = find(str(files[0]), paths)
    if as_json:
        click.echo(json_text(model))
    else:
        click.echo(f"{plain(model.name)}  {plain(model.path)}")
