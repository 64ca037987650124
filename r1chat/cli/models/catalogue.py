"""`r1chat models catalog`: the models that r1chat knows by name."""

from collections.abc import Iterator

import click

from r1chat.cli.columns import columns
from r1chat.cli.options import json_option
from r1chat.core.catalog import CatalogModel, Rules, catalog
from r1chat.core.json_text import json_text
from r1chat.core.units import context, size


@click.command()
@json_option
def list_catalog(*, as_json: bool) -> None:
    """The models that r1chat knows by name, with sizes, licences and published scores."""
    known = catalog()
    if as_json:
        click.echo(json_text(known))
        return
    for model in known.models:
        for line in _lines(model, known.rules_of(model)):
            click.echo(line)
    click.echo("Sizes with ~ are computed, the others were read from the repository.")


def _lines(model: CatalogModel, rules: Rules) -> Iterator[str]:
    scores = model.scores
    published = (
        ("AIME 2024", scores.aime_2024),
        ("by vote of 64", scores.aime_2024_cons64),
        ("MATH-500", scores.math_500),
    )
    yield f"{model.id}  {model.name}"
    billions = f"{model.params / 1e9:.1f} billion weights"
    yield f"  {billions}, {context(model.shape.n_ctx)} context, licence {model.license}"
    yield f"  made from {model.base}; {model.repo}"
    yield "  " + ", ".join(f"{name} {score:g} %" for name, score in published if score is not None)
    system = "system prompt allowed" if rules.system_prompt else "no system prompt"
    draft = f"; {model.draft} can draft for it" if model.draft else ""
    yield f"  temperature {rules.temperature:g}, top-p {rules.top_p:g}, {system}{draft}"
    sizes = [
        [
            f"  {name}",
            ("" if quant.verified else "~") + size(quant.size),
            f"{quant.parts} files" * (quant.parts > 1),
        ]
        for name, quant in model.quants.items()
    ]
    yield from columns(sizes, right=[1])
    yield ""
