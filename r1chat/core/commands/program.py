"""Commands over the program as a whole."""

from r1chat.core.commands.command import Command, Place, Section

PROGRAM = Section(
    title="r1chat",
    commands=(
        Command(
            name="models",
            title="Models",
            slash="models",
            key="f3",
            help="Choose another model; see what fits, what is here and what is on its way.",
        ),
        Command(name="help", title="Help", slash="help", key="f1", help="Show keys and commands."),
        Command(
            name="quit",
            title="Quit",
            slash="quit",
            key="ctrl+q",
            help="Quit; every question and reply is kept.",
        ),
    ),
)

IN_HELP = Section(
    title="In help",
    place=Place.HELP,
    commands=(Command(name="help.close", title="Close", key="escape,f1,q", help="Close help."),),
)
