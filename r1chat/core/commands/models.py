"""The keys of the models screen."""

from r1chat.core.commands.command import Command, Place, Section

IN_MODELS = Section(
    title="In the models screen",
    place=Place.MODELS,
    commands=(
        Command(name="models.back", title="Back", key="escape,f3,q", help="Go back to the chat."),
        Command(
            name="models.delete",
            title="Delete",
            key="d,delete",
            help="Delete a model or a download; it asks once more.",
        ),
        Command(
            name="models.pause", title="Pause", key="p", help="Pause a download, or go on with it: Enter too."
        ),
        Command(name="models.search", title="Search", key="slash", help="Search the Hugging Face Hub."),
        Command(name="models.verify", title="Verify", key="v", help="Read a model and check it."),
        Command(name="models.look", title="Look again", key="r", help="Look at this machine again."),
        Command(name="models.previous_list", title="Previous list", key="left", help="Show the list before."),
        Command(name="models.next_list", title="Next list", key="right", help="Show the next list."),
    ),
)

IN_HUB = Section(
    title="In a search of the Hub",
    place=Place.HUB,
    commands=(Command(name="hub.lines", title="Results", key="down", help="Go to what was found."),),
)
