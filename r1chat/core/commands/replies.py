"""Commands over questions and replies."""

from r1chat.core.commands.command import Command, Section, When

REPLIES = Section(
    title="Replies",
    note="From within a thought ({read_thought}) they mean its reply, and while a question is edited "
    "({edit_question}) that of the question; so do copying and thinking more.",
    commands=(
        Command(
            name="stop",
            title="Stop",
            slash="stop",
            key="escape",
            help="Stop the reply and keep what is there.",
            when=When.REPLYING,
        ),
        Command(
            name="regenerate",
            title="Regenerate",
            slash="regenerate",
            argument="MODEL",
            key="ctrl+r",
            help="Answer the last question once more; from the prompt also with another model.",
            when=When.REPLIED,
        ),
        Command(
            name="continue",
            title="Continue",
            slash="continue",
            key="ctrl+l",
            help="Go on from where a stopped or cut-off reply ended.",
            when=When.UNFINISHED,
        ),
        Command(
            name="edit_question",
            title="Edit question",
            slash="edit",
            key="f7",
            help="Edit the last question and ask it anew, beside what it was; again: the one before.",
            when=When.REPLIED,
        ),
        Command(
            name="branch_before",
            title="Branch before",
            slash="before",
            key="f9",
            help="Show the alternative before this reply, or before its question.",
            when=When.REPLIED,
        ),
        Command(
            name="branch_after",
            title="Branch after",
            slash="after",
            key="f10",
            help="Show the alternative after this reply, or after its question.",
            when=When.REPLIED,
        ),
    ),
)
