"""Commands over the thought: whether, how long and about what the model thinks."""

from r1chat.core.commands.command import Command, Section, When

THOUGHT = Section(
    title="Thinking",
    commands=(
        Command(
            name="thinking",
            title="Thinking mode",
            slash="think",
            argument="off|full|N",
            key="f2",
            help="Choose how much the next turns think: in full, within a budget, or not at all.",
        ),
        Command(
            name="thought",
            title="Thought",
            slash="thought",
            key="ctrl+t",
            help="Open or close the last thought.",
        ),
        Command(
            name="answer_now",
            title="Answer now",
            slash="answer",
            key="ctrl+s",
            help="Close the thought and have the answer now.",
            when=When.THINKING,
        ),
        Command(
            name="steer",
            title="Steer",
            slash="steer",
            argument="WORDS",
            key="f8",
            help="Put what is typed into the running thought.",
            when=When.THINKING,
        ),
        Command(
            name="more",
            title="Think more",
            slash="more",
            key="f5",
            help="Open the last thought again, and let it go on.",
            when=When.ANSWERED,
        ),
    ),
)
