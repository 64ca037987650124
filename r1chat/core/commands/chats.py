"""Commands over chats, and the keys in the list of them."""

from r1chat.core.commands.command import Command, Place, Section

CHATS = Section(
    title="Chats",
    commands=(
        Command(name="new_chat", title="New chat", slash="new", key="ctrl+n", help="Start a new chat."),
        Command(
            name="chats",
            title="Chats",
            slash="chats",
            key="ctrl+o",
            help="Show or hide the list of your chats.",
        ),
    ),
)

IN_CHATS = Section(
    title="In the list of chats",
    place=Place.CHATS,
    commands=(Command(name="chats.close", title="Close", key="escape", help="Close the list of chats."),),
)
