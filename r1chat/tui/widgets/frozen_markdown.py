"""Markdown that grows by whole blocks and never touches a block again."""

from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock, MarkdownFence, MarkdownTable, MarkdownTableCellContents

from r1chat.core.terminal import plain
from r1chat.tui.blocks import is_fence
from r1chat.tui.widgets.plain_text import PlainText

_MOST_CHARACTERS = 50_000
"""Above these a block is shown as plain text: no rendering of it would be quick."""
_MOST_LINES = 100
"""The same for lines of a block that becomes a widget for each item or cell: a list, or a table."""


class SafeTable(MarkdownTable):
    """A table without tooltips: Textual reads those as its own markup, and their text is not ours."""

    def on_mount(self) -> None:
        for cell in self.query(MarkdownTableCellContents):
            cell.tooltip = None


def _parser() -> MarkdownIt:
    """Mathematics is imported with the first answer, after the first paint."""
    from r1chat.tui.mathematics import parser

    return parser()


class Formula(MarkdownFence):
    """Displayed mathematics: it scrolls to the side where it is wide."""

    def __init__(self, markdown: Markdown, token: Token) -> None:
        from r1chat.tui.latex import display

        super().__init__(markdown, token, "\n".join(display(token.content)))

    @classmethod
    def highlight(cls, code: str, language: str, ansi: bool = False, dark: bool = False) -> Content:
        """Mathematics is no code."""
        return Content(code)


class FrozenMarkdown(Markdown):
    """A Markdown document to which blocks are added. A click on a link is told, nothing opens by itself.

    `add` is the only way in; its base's `update`, which takes a whole document, silently does nothing here.
    """

    def __init__(self) -> None:
        super().__init__(parser_factory=_parser, open_links=False)

    def update(self, markdown: str) -> AwaitComplete:
        """Nothing: `Markdown` would parse its first text here, and there is none; blocks are only added."""
        return AwaitComplete()

    def get_block_class(self, block_name: str) -> type[MarkdownBlock]:
        """The widget for a kind of block."""
        return SafeTable if block_name == "table_open" else super().get_block_class(block_name)

    def unhandled_token(self, token: Token) -> MarkdownBlock | None:
        """Displayed mathematics, which Textual knows nothing of."""
        from r1chat.tui.mathematics import BLOCK

        return Formula(self, token) if token.type == BLOCK else None

    async def add(self, blocks: Iterable[str]) -> None:
        """Render blocks below those that are there."""
        widgets: list[Widget] = []
        for source in blocks:
            widgets += self._build(plain(source))
        if widgets:
            await self.mount_all(widgets)

    def _build(self, source: str) -> list[Widget]:
        many = source.count("\n") > _MOST_LINES and not is_fence(source)
        if many or len(source) > _MOST_CHARACTERS:
            return [PlainText(source.rstrip("\n"), classes="large")]
        return list(self._build_from_source(source))
