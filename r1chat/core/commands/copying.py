"""Commands that take something out of a chat."""

from r1chat.core.commands.command import Command, Section, When

COPYING = Section(
    title="Taking it elsewhere",
    commands=(
        Command(
            name="copy",
            title="Copy answer",
            slash="copy",
            key="f4",
            help="Copy the last answer as Markdown.",
            when=When.REPLIED,
        ),
    ),
)
