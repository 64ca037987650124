"""Which files of the Hub a name means."""

import time

from r1chat.core.catalog import Choice
from r1chat.errors import UsageError
from r1chat.hub.items import Item
from r1chat.hub.listing import RemoteModel, Variant, describe
from r1chat.hub.names import Asked
from r1chat.hub.trouble import Missing
from r1chat.hub.web import Web

USUAL = "Q4_K_M"
"""The quantisation that is taken where a repository has it and nobody named one."""


async def plan_choice(web: Web, choice: Choice) -> Item:
    """A model of the catalog, from its repository as it is today or from another. Raises HubError."""
    trouble: Missing | None = None
    for repo in (choice.model.repo, *choice.model.other_repos):
        try:
            found = await describe(web, repo)
            variant = _of_choice(found, choice)
        except Missing as error:
            trouble = trouble or error
            continue
        return item_of(choice.name, found, variant)
    raise trouble or Missing(f"No repository of {choice.name} is known.", "Search for one.")


async def plan_asked(web: Web, asked: Asked) -> Item:
    """A repository that was named by itself. Raises HubError, UsageError where it must be said which file."""
    found = await describe(web, asked.repo, asked.revision)
    variant = _of_asked(found, asked)
    return item_of(found.named(variant), found, variant)


def item_of(name: str, found: RemoteModel, variant: Variant) -> Item:
    """What is to be fetched for one quantisation, under the name by which a person calls it."""
    return Item(name=name, files=variant.files, quant=variant.quant, license=found.license, added=time.time())


def _of_choice(found: RemoteModel, choice: Choice) -> Variant:
    wanted = {name.rpartition("/")[2] for name in choice.files}
    for variant in found.variants:
        if {file.name.rpartition("/")[2] for file in variant.files} == wanted:
            return variant
    for variant in found.variants:
        if variant.quant == choice.quant.upper():
            return variant
    raise Missing(f"{found.repo} has no {choice.quant} (any more).", f"It has {_known(found)}.")


def _of_asked(found: RemoteModel, asked: Asked) -> Variant:
    if asked.file:
        for variant in found.variants:
            if asked.file in {file.name for file in variant.files}:
                return variant
        raise Missing(f"{asked.file} is not in {found.repo}, or not whole.", f"It has {_known(found)}.")
    matching = [variant for variant in found.variants if variant.quant.upper() == (asked.quant or USUAL)]
    if not matching and not asked.quant and len(found.variants) == 1:
        matching = list(found.variants)
    if len(matching) == 1:
        return matching[0]
    if not found.variants:
        raise Missing(
            f"{found.repo} has no GGUF file that r1chat can fetch.",
            "Some are cut into pieces that must be put together by hand; choose another repository."
            if found.unusable
            else "Search for a repository whose name ends in GGUF.",
        )
    if matching:
        names = ", ".join(variant.files[0].name for variant in matching[:4])
        raise UsageError(
            f"{found.repo} has several files of that kind: {names}.", "Name one: owner/repo/file.gguf."
        )
    what = f"no {asked.quant}" if asked.quant else f"several quantisations and no {USUAL}"
    raise UsageError(f"{found.repo} has {what}.", f"Name one of {_known(found)}, as {found.repo}:QUANT.")


def _known(found: RemoteModel) -> str:
    return ", ".join(variant.quant for variant in found.variants[:30]) or "no model at all"
