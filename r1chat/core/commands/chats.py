"""Commands over chats, and the keys in the list of them."""

from r1chat.core.commands.command import Command, Place, Section

CHATS = Section(
    title="Chats",
    commands=(
        Command(name="new_chat", title="New chat", slash="new", key="ctrl+n", help="Start a new chat."),
        Command(
            name="private",
            title="Private chat",
            slash="private",
            help="Start a chat that is never written to disk; it ends when you leave it.",
        ),
        Command(
            name="chats",
            title="Chats",
            slash="chats",
            key="ctrl+o",
            help="Show or hide the list of your chats.",
        ),
        Command(
            name="search",
            title="Search",
            slash="search",
            argument="WORDS",
            key="ctrl+f",
            help="Search titles, questions, answers and thoughts of all chats.",
        ),
        Command(
            name="rename",
            title="Rename",
            slash="rename",
            argument="TITLE",
            help="Give the open chat another title.",
        ),
        Command(name="pin", title="Pin", slash="pin", help="Put the open chat before the others, or back."),
        Command(
            name="archive",
            title="Archive",
            slash="archive",
            help="Take the open chat out of the list, or back into it; a search finds it all the same.",
        ),
        Command(
            name="tag",
            title="Tag",
            slash="tag",
            argument="NAME",
            help="Give the open chat a tag, or take that tag away.",
        ),
        Command(
            name="duplicate",
            title="Duplicate",
            slash="duplicate",
            help="Copy the open chat with all its branches, and open the copy.",
        ),
        Command(
            name="export",
            title="Export",
            slash="export",
            argument="FILE",
            help="Write the open chat to a file: .md, .html, or .json with everything.",
        ),
        Command(
            name="delete",
            title="Delete",
            slash="delete",
            help="Delete the open chat for good; for ten seconds that can be undone.",
        ),
        Command(
            name="undelete",
            title="Undo delete",
            slash="undo",
            help="Bring back the chat that was deleted last.",
        ),
    ),
)

IN_CHATS = Section(
    title="In the list of chats",
    place=Place.CHATS,
    commands=(
        Command(name="chats.open", title="Open", key="enter", help="Open the chat, at what was found."),
        Command(name="chats.search", title="Search", key="slash", help="Go to the search field."),
        Command(name="chats.rename", title="Rename", key="r", help="Type another title."),
        Command(name="chats.pin", title="Pin", key="p", help="Put the chat before the others, or back."),
        Command(name="chats.tag", title="Tags", key="t", help="Type the chat's tags, parted by commas."),
        Command(
            name="chats.archive", title="Archive", key="a", help="Take the chat out of the list, or back."
        ),
        Command(
            name="chats.archived",
            title="Archived chats",
            key="h",
            help="List the archived chats, or the others again.",
        ),
        Command(name="chats.duplicate", title="Duplicate", key="c", help="Copy the chat."),
        Command(name="chats.export", title="Export", key="e", help="Write the chat to a file."),
        Command(name="chats.delete", title="Delete", key="d,delete", help="Delete the chat."),
        Command(name="chats.undo", title="Undo", key="u", help="Bring back the chat deleted last."),
        Command(name="chats.close", title="Close", key="escape", help="End the search, else close the list."),
    ),
)

IN_SEARCH = Section(
    title="In the search over chats",
    place=Place.SEARCH,
    commands=(
        Command(
            name="search.open", title="Open", key="enter", help="Open the highlighted chat at what was found."
        ),
        Command(name="search.up", title="Up", key="up", help="Highlight the result before."),
        Command(name="search.down", title="Down", key="down", help="Highlight the result after."),
        Command(name="search.list", title="Results", key="tab", help="Go to the results and their keys."),
        Command(name="search.clear", title="Clear", key="escape", help="Clear the search, else close it."),
    ),
)

IN_LINE = Section(
    title="In a title, tags or a file's name",
    place=Place.LINE,
    commands=(
        Command(name="line.keep", title="Keep", key="enter", help="Take what is typed."),
        Command(name="line.leave", title="Leave", key="escape", help="Leave everything as it was."),
    ),
)
