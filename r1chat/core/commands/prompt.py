"""The keys of the prompt, beside those of every text field."""

from r1chat.core.commands.command import Command, Place, Section

PROMPT = Section(
    title="In the prompt",
    place=Place.PROMPT,
    commands=(
        Command(name="prompt.send", title="Send", key="enter", help="Ask what is typed."),
        Command(
            name="prompt.newline",
            title="New line",
            key="ctrl+j,shift+enter,alt+enter",
            help="Begin a new line.",
        ),
        Command(
            name="prompt.complete",
            title="Complete",
            key="tab",
            help="Take what is marked in the list above the prompt, else its first line.",
        ),
        Command(
            name="prompt.leave",
            title="Leave",
            key="escape",
            help="Close that list; else stop editing a question, and have back what was typed before.",
        ),
        Command(
            name="prompt.edit", title="Editor", key="ctrl+g", help="Edit what is typed in $VISUAL or $EDITOR."
        ),
        Command(name="prompt.read_up", title="Page up", key="pageup", help="Scroll the transcript up."),
        Command(
            name="prompt.read_down", title="Page down", key="pagedown", help="Scroll the transcript down."
        ),
        Command(
            name="prompt.read_first",
            title="To the beginning",
            key="ctrl+home",
            help="Scroll the transcript to its beginning.",
        ),
        Command(
            name="prompt.read_last",
            title="To the end",
            key="ctrl+end",
            help="Scroll the transcript to its end, and follow it.",
        ),
    ),
)

IN_FILE = Section(
    title="On a file of a question",
    place=Place.FILE,
    commands=(
        Command(name="file.fold", title="Open or fold", key="enter,space", help="Show its text, or fold it."),
    ),
)
