"""Commands that take something out of a chat."""

from r1chat.core.commands.command import Command, Section

COPYING = Section(
    title="Taking it elsewhere",
    commands=(
        Command(
            name="copy",
            title="Copy answer",
            slash="copy",
            argument="answer|code|thought|question|chat",
            key="f4",
            help="Copy the last answer as Markdown, or what is named.",
        ),
        Command(
            name="copy_code",
            title="Copy code",
            slash="code",
            argument="N",
            key="shift+f4,f16",
            help="Copy the answer's last block of code; once more, the one before.",
        ),
        Command(
            name="save",
            title="Save code",
            slash="save",
            argument="FILE [N]",
            help="Save the answer's last block of code, or its Nth, into a new file.",
        ),
        Command(
            name="save_over",
            title="Save code over a file",
            slash="save!",
            argument="FILE [N]",
            help="The same, and replace the file where there is one.",
        ),
    ),
    note="Drag with the mouse to select, and copy that with Ctrl+C. Shift and drag is the terminal's own "
    "selection (Option in iTerm2, Fn in Apple's Terminal).",
)
