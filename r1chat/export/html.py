"""A chat as one web page: nothing to load, no script, thoughts folded, code coloured, formulas set."""

import html
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from r1chat.core.conversation import Conversation, Message, Role
from r1chat.export.formulas import BLOCK, DISPLAYED, INLINE, with_formulas
from r1chat.export.markdown import speaker
from r1chat.export.maths import mathml

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } article { margin: 1.5rem 0; }
article > h2 { font-size: .85rem; opacity: .65; margin: 0; }
article.user { border-left: 3px solid #4a90d9; padding-left: 1rem; }
details { border: 1px solid #8884; border-radius: 6px; padding: .4rem .8rem; margin: .6rem 0; }
details > div, article.user > div { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: .7rem; border-radius: 6px; background: #8881; }
table { border-collapse: collapse; } td, th { border: 1px solid #8886; padding: .2rem .6rem; }
.error { color: #c33; }
"""


def page(conversation: Conversation, *, with_thinking: bool) -> str:
    """The active branch as a page of its own."""
    title = html.escape(" ".join(conversation.chat.title.split()) or "Chat")
    colours = HtmlFormatter().get_style_defs("pre")
    body = "\n".join(_articles(conversation, with_thinking=with_thinking))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{_STYLE}{colours}</style>\n</head>\n"
        f"<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _articles(conversation: Conversation, *, with_thinking: bool) -> Iterator[str]:
    renderer = _markdown()
    for message in conversation.path():
        parts = [f'<article class="{message.role}">', f"<h2>{html.escape(speaker(message))}</h2>"]
        if with_thinking and message.thinking.strip():
            thought = html.escape(message.thinking.strip("\n"))
            parts.append(f"<details><summary>Thought</summary><div>{thought}</div></details>")
        parts.append(_said(renderer, message))
        if message.error:
            parts.append(f'<p class="error">{html.escape(message.error)}</p>')
        yield "\n".join((*parts, "</article>"))


def _said(renderer: MarkdownIt, message: Message) -> str:
    """What a model says is Markdown; what a person typed is shown as it was typed."""
    if message.role is Role.ASSISTANT:
        rendered: str = renderer.render(message.text)
        return rendered
    return f"<div>{html.escape(message.text)}</div>"


def _markdown() -> MarkdownIt:
    """Markdown without HTML of its own, without pictures from elsewhere, and with formulas."""
    markdown = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted}).enable("table")
    with_formulas(markdown)
    for kind in (BLOCK, *INLINE):
        markdown.add_render_rule(kind, _render_formula)
    markdown.add_render_rule("image", _render_image)
    return markdown


def _render_formula(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: MutableMapping[str, Any],
) -> str:
    token = tokens[index]
    return mathml(token.content.strip(), display=token.type == BLOCK or token.markup in DISPLAYED)


def _render_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: MutableMapping[str, Any],
) -> str:
    source = escapeHtml(str(tokens[index].attrs.get("src", "")))
    return f"[{escapeHtml(tokens[index].content)}: {source}]"


def _highlighted(code: str, language: str, attributes: str) -> str:
    """Coloured code; empty where the language is not known, and it is shown plain."""
    try:
        lexer = get_lexer_by_name(language) if language else None
    except ClassNotFound:
        lexer = None
    return "" if lexer is None else str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
