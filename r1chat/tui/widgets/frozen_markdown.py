"""Markdown that grows by whole blocks and never touches a block again."""

from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.widget import Widget
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock

from r1chat.core.terminal import plain
from r1chat.tui.blocks import is_fence, is_item
from r1chat.tui.code_blocks import code_blocks
from r1chat.tui.prose import Paragraph, paragraphs
from r1chat.tui.widgets.bare import Bare
from r1chat.tui.widgets.fence import Fence
from r1chat.tui.widgets.formula import Formula
from r1chat.tui.widgets.open_block import OpenBlock
from r1chat.tui.widgets.plain_text import PlainText
from r1chat.tui.widgets.prose import Prose
from r1chat.tui.widgets.table import Table

_MOST_CHARACTERS = 50_000
"""Above these a block is shown as plain text: no rendering of it would be quick."""
_MOST_LINES = 100
"""The same for lines of a block that becomes a widget for each item or cell: a list, or a table."""


def _parser() -> MarkdownIt:
    """Mathematics is imported with the first answer, after the first paint."""
    from r1chat.tui.mathematics import parser

    return parser()


_OWN: dict[str, type[MarkdownBlock]] = {"table_open": Table, "fence": Fence, "code_block": Fence}


class FrozenMarkdown(Bare, Markdown):
    """A Markdown document to which blocks are added. A click on a link is told, nothing opens by itself.

    `add` is the only way in; its base's `update`, which takes a whole document, silently does nothing here.
    """

    def __init__(self) -> None:
        super().__init__(parser_factory=_parser, open_links=False)
        self.open = OpenBlock(self)
        """What stands below all blocks and may still change."""
        self._codes = 0
        """Blocks of code so far."""
        self._only_code: Fence | None = None
        """It has no label as long as there is no other."""
        self._in_list = False
        """The last block is an item of a list."""

    def update(self, markdown: str) -> AwaitComplete:
        """Nothing: `Markdown` would parse its first text here, and there is none; blocks are only added."""
        return AwaitComplete()

    def compose(self) -> ComposeResult:
        yield self.open

    def get_block_class(self, block_name: str) -> type[MarkdownBlock]:
        """The widget for a kind of block."""
        return _OWN.get(block_name) or super().get_block_class(block_name)

    def unhandled_token(self, token: Token) -> MarkdownBlock | None:
        """Displayed mathematics, which Textual knows nothing of."""
        from r1chat.export.formulas import BLOCK

        return Formula(self, token) if token.type == BLOCK else None

    async def add(self, blocks: Iterable[str]) -> None:
        """Render blocks below those that are there."""
        for source in blocks:
            goes_on, self._in_list = self._in_list and is_item(source), is_item(source)
            text = plain(source)
            tokens = [] if len(text) > _MOST_CHARACTERS else _parser().parse(text)
            found = paragraphs(tokens, self.open._token_to_content) if tokens else None
            if found is None:
                await self.place(self.build(text))
            elif found:
                await self._add_text([found[0]._replace(gap=not goes_on), *found[1:]])

    async def _add_text(self, found: list[Paragraph]) -> None:
        last = self._last
        if isinstance(last, Prose) and not last.full:
            last.add(found)
        else:
            last = Prose(self)
            last.add(found)
            await self.place([last])

    async def place(self, widgets: Sequence[Widget]) -> None:
        """Put blocks below those that are there."""
        for fence in _fences(widgets):
            self._codes += 1
            if self._codes == 1:
                self._only_code = fence
            else:
                self._label(fence)
        if widgets:
            await self.mount_all(widgets, before=self.open if self.open.is_attached else None)

    def _label(self, fence: Fence) -> None:
        first, self._only_code = self._only_code, None
        if first is not None:
            first.label(1)
        fence.label(self._codes)

    @property
    def _last(self) -> Widget | None:
        return self.children[-2] if len(self.children) > 1 else None

    def build(self, source: str) -> list[Widget]:
        """Widgets for a block."""
        many = source.count("\n") > _MOST_LINES and not is_fence(source) and "|" not in source
        if many or (len(source) > _MOST_CHARACTERS and not is_fence(source)):
            self._codes += len(code_blocks(source))  # they have numbers though they have no label
            return [PlainText(source.rstrip("\n"), classes="large")]
        return list(self._build_from_source(source))


def _fences(widgets: Iterable[Widget]) -> Iterator[Fence]:
    """Blocks of code that have numbers, in order, those within lists and quotes included."""
    for widget in widgets:
        if isinstance(widget, Fence) and widget.counts:
            yield widget
        elif isinstance(widget, MarkdownBlock):
            yield from _fences(widget._blocks)
