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
        Command(
            name="fetch",
            title="Fetch a model",
            slash="fetch",
            key="shift+f3",
            help="Fetch the model that suits this machine best.",
        ),
        Command(
            name="settings",
            title="Settings",
            slash="settings",
            key="f12",
            help="Show everything that can be set, and change it.",
        ),
        Command(
            name="preset",
            title="Preset",
            slash="preset",
            argument="NAME [T P]",
            key="shift+f2",
            help="Draw this chat's next replies by another preset; with a temperature and a top-p, make one.",
        ),
        Command(
            name="theme",
            title="Theme",
            slash="theme",
            argument="NAME",
            help="Choose other colours; they are kept.",
        ),
        Command(name="help", title="Help", slash="help", key="f1", help="Show keys and commands."),
        Command(
            name="suspend",
            title="Suspend",
            slash="suspend",
            help="Give the shell its terminal back; its fg goes on here, and a reply runs meanwhile.",
        ),
        Command(
            name="quit",
            title="Quit",
            slash="quit",
            key="ctrl+q",
            help="Quit; every question and reply is kept.",
        ),
    ),
    note="Ctrl+P lists all of these that do something now, to be chosen by a word of their names.",
)

IN_HELP = Section(
    title="In help",
    place=Place.HELP,
    commands=(Command(name="help.close", title="Close", key="escape,f1,q", help="Close help."),),
)

IN_SETTINGS = Section(
    title="In settings",
    place=Place.SETTINGS,
    commands=(
        Command(name="settings.back", title="Back", key="escape,f12,q", help="Go back to the chat."),
        Command(
            name="settings.previous_choice",
            title="Previous choice",
            key="left",
            help="Take the value before.",
        ),
        Command(name="settings.next_choice", title="Next choice", key="right", help="Take the next value."),
        Command(
            name="settings.reset", title="Reset", key="r,delete", help="Have a setting as it comes again."
        ),
        Command(name="settings.find", title="Find", key="slash", help="List only what holds some words."),
        Command(
            name="settings.load", title="Load again", key="l", help="Load the model again as it is set now."
        ),
    ),
)
