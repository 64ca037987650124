"""Commands over the thought: whether, how long and about what the model thinks, and how it is read."""

from r1chat.core.commands.command import Command, Place, Section, When

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
            name="read_thought",
            title="Into the thought",
            slash="read",
            key="f6",
            help="Go into the last thought, to read, search or fork it; again: into the one before.",
        ),
        Command(
            name="read_thought_after",
            title="Thought after",
            slash="later",
            key="shift+f6,f18",
            help="Go into the thought after that; from the last one back to the prompt.",
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

IN_THOUGHT = Section(
    title="In a thought",
    place=Place.THOUGHT,
    commands=(
        Command(name="thought.line_up", title="Up", key="up,k", help="A line up."),
        Command(name="thought.line_down", title="Down", key="down,j", help="A line down."),
        Command(name="thought.word_left", title="Word left", key="left", help="To the word before."),
        Command(name="thought.word_right", title="Word right", key="right", help="To the next word."),
        Command(name="thought.page_up", title="Page up", key="pageup", help="A page up."),
        Command(name="thought.page_down", title="Page down", key="pagedown,space", help="A page down."),
        Command(name="thought.first", title="Beginning", key="home,g", help="To the beginning."),
        Command(
            name="thought.last",
            title="End",
            key="end,G",
            help="To the end, and along with it while it still grows.",
        ),
        Command(name="thought.find", title="Find", key="slash", help="Find words in the thought."),
        Command(name="thought.find_next", title="Next", key="n", help="To the next place that was found."),
        Command(
            name="thought.find_previous", title="Before", key="N", help="To the place before that was found."
        ),
        Command(
            name="thought.fork",
            title="Fork here",
            key="f",
            help="Have it thought on from the caret, as another reply beside this one.",
            when=When.REPLIED,
        ),
        Command(
            name="thought.edit",
            title="Edit",
            key="e",
            help="Edit the thought; the model goes on from its end, in another reply beside this one.",
            when=When.REPLIED,
        ),
        Command(
            name="thought.outline",
            title="Outline",
            key="o",
            help="List its steps and where it first states the answer; Enter goes there.",
        ),
        Command(
            name="thought.leave", title="Back", key="escape", help="End the search, or go back to the prompt."
        ),
    ),
)

IN_FIND = Section(
    title="While words to find are typed",
    place=Place.FIND,
    commands=(
        Command(name="find.go", title="Walk", key="enter", help="Go from place to place by key."),
        Command(name="find.end", title="End", key="escape", help="End the search."),
    ),
)

IN_OUTLINE = Section(
    title="In the outline",
    place=Place.OUTLINE,
    commands=(Command(name="outline.close", title="Close", key="escape,o,q", help="Back to the thought."),),
)

IN_EDITOR = Section(
    title="While a thought is edited",
    place=Place.EDITOR,
    commands=(
        Command(name="editor.done", title="Think on", key="ctrl+s", help="Have it thought on from the end."),
        Command(
            name="editor.cut", title="Cut the rest", key="ctrl+t", help="Take off what is behind the cursor."
        ),
        Command(
            name="editor.leave",
            title="Leave",
            key="escape",
            help="Back to the chat; the edit is there again with the next one.",
        ),
    ),
)
