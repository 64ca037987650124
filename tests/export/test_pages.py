from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from r1chat.core.conversation import Chat, Conversation, Message, Role
from r1chat.export.formulas import with_formulas
from r1chat.export.html import page
from r1chat.export.markdown import markdown
from r1chat.export.maths import mathml

THOUGHT = "Is it </details> or ```` fenced? <script>alert(1)</script>"
ANSWER = """So \\(\\frac{a}{b}\\) and

\\[ \\sum_{i=1}^n i \\]

```python
def f(x): return "<b>" + x
```

| a | b |
|---|---|
| 1 | 2 |

![remote](https://example.com/x.png) [bad](javascript:alert(1)) [good](https://example.com)
<img src=x onerror=y>
"""


def chat_of(*said: tuple[Role, str, str], title: str = "<Sums> & more") -> Conversation:
    messages = []
    for number, (role, text, thinking) in enumerate(said):
        parent = str(number - 1) if number else None
        messages.append(
            Message(id=str(number), chat_id="c", parent_id=parent, role=role, text=text, thinking=thinking)
        )
    return Conversation(Chat(id="c", title=title, active_leaf=str(len(said) - 1)), tuple(messages))


CHAT = chat_of((Role.USER, "What <is> *it*?", ""), (Role.ASSISTANT, ANSWER, THOUGHT))


class Seen(HTMLParser):
    """Which elements and attributes a browser would see, and whether they are nested as they should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "br", "hr", "mspace"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def harmless(text: str) -> Seen:
    seen = Seen(text)
    assert seen.open == []
    forbidden = {
        "script",
        "img",
        "iframe",
        "link",
        "object",
        "embed",
        "form",
        "video",
        "audio",
        "svg",
        "base",
    }
    assert not forbidden & set(seen.tags)
    for name, value in seen.attributes:
        assert not name.startswith("on")
        assert name not in {"src", "srcset", "background", "style"} or value.startswith("text-align:")
        assert name != "href" or value.split(":")[0] not in {"javascript", "data", "vbscript", "file"}
    return seen


def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    text = page(CHAT, with_thinking=True)
    seen = harmless(text)
    assert {"details", "math", "mfrac", "table", "pre"} <= set(seen.tags)
    assert '<span class="k">def</span>' in text
    assert "&lt;script&gt;alert(1)" in text
    assert "What &lt;is&gt; *it*?" in text
    assert "default-src 'none'" in text
    assert "[remote: https://example.com/x.png]" in text


def test_thoughts_are_left_out_where_they_are_not_wanted() -> None:
    assert "alert(1)&lt;/script" not in page(CHAT, with_thinking=False)
    assert "fenced" not in markdown(CHAT, with_thinking=False)


def test_in_markdown_a_thought_is_folded_and_cannot_break_out() -> None:
    text = markdown(CHAT, with_thinking=True)
    begin = text.index(
        "<details>\n<summary>Thought</summary>\n\n`````text\n" + THOUGHT + "\n`````\n\n</details>"
    )
    assert text.index("So \\(") > begin
    assert text.startswith("# <Sums> & more\n\n## You\n\nWhat <is> *it*?\n\n## Assistant\n\n")


def said(text: str) -> Conversation:
    question, answer = CHAT.path()[:2]
    answer = msgspec.structs.replace(answer, text=text, thinking="```\nopen", parent_id=question.id)
    again = msgspec.structs.replace(question, id="again", parent_id=answer.id, text="and then")
    head = msgspec.structs.replace(CHAT.chat, active_leaf=again.id)
    return Conversation(head, (question, answer, again))


OPEN = [
    "```python\nprint(1)",
    "~~~~\n```\n",
    "text\n\n   ````\n```\n\r\nx",
    "<!-- never ends\n\nx",
    "<script>\nalert(1)\n\n```\ncode",
    "<details>\n<summary>S</summary>\n\nx",
    "<?php\n\nx",
    "<pre>\n\nx",
    "- item\n  ```\n  code",
    "> ```\n> quoted",
]


@pytest.mark.parametrize("text", OPEN)
def test_an_answer_that_leaves_something_open_swallows_nothing(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown(said(text), with_thinking=True))
    headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings.count("You") == 2
    assert tokens[-2].content == "and then"
    raw = "".join(token.content for token in tokens if token.type == "html_block")
    assert raw.count("<details") == raw.count("</details")


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from([*OPEN, "\n", "\n\n", "```", "<", "-->", "</pre>", "- ", "# h", "    "]), max_size=6
    )
)
def test_no_answer_swallows_what_comes_after_it(pieces: list[str]) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown(said("x" + "".join(pieces)), with_thinking=False))
    assert tokens[-2].content == "and then"
    assert [token.content for token in tokens if token.type == "inline"][-2] == "You"


@pytest.mark.parametrize(
    "text", ["```\ncode\n```\n\nend", "a < b", "<b>bold</b>", "1. x\n\n   ```\n   y\n   ```"]
)
def test_an_answer_that_leaves_nothing_open_is_as_it_was(text: str) -> None:
    assert f"\n\n{text}\n\n## You" in markdown(said(text), with_thinking=False)


@pytest.mark.parametrize(
    "source", ["\\frac{", "\\href{javascript:x}{y}", "^", "\\left(", "x" * 5000, "{" * 900, "\\begin{array}"]
)
def test_a_formula_that_cannot_be_set_is_shown_as_written(source: str) -> None:
    assert mathml(source, display=True).startswith("<code>")


KNOWN = """
    html head meta title style body main h1 h2 header section article div p span pre code em strong
    a br hr ul ol li table thead tbody tr th td details summary blockquote del math mrow mi mo mn
    mtext msub msup msubsup munder mover munderover mfrac msqrt mroot mstyle mspace mtable mtr mtd
    mpadded
"""


@pytest.mark.parametrize(
    "formula",
    [
        "\\text{</math><script>alert(1)</script>}",
        "\\text{</mtext></math><b onclick=x>y</b>}",
        "\\text{&lt;iframe&gt;<iframe>}",
        "\\color{<u>}x",
        "\\color{'><u>}x",
        '\\color{"><u>}x',
        "\\color{&quot;><u>}x",
        "\\mbox{<u>} \\operatorname{<u>} <u>",
        "\\unknown<u>",
    ],
)
def test_words_in_a_formula_are_never_markup(formula: str) -> None:
    answer = f"So \\({formula}\\) and\n\n\\[ {formula} \\]"
    seen = harmless(page(chat_of((Role.ASSISTANT, answer, "")), with_thinking=True))
    assert set(seen.tags) <= set(KNOWN.split())
    harmless(mathml(formula, display=True))


def test_signs_of_a_formula_are_escaped_once() -> None:
    text = mathml("a<b \\leq c \\text{ & d}", display=False)
    assert ">&lt;<" in text
    assert "≤" in text
    assert "&amp;\N{NO-BREAK SPACE}d" in text
    assert "&amp;#" not in text


@settings(max_examples=80)
@given(st.text(st.sampled_from("\\()[]$`*_<>&\"'#|-!{}^ \n abfrac:/"), max_size=60))
def test_no_answer_gets_out_of_its_page(text: str) -> None:
    harmless(
        page(chat_of((Role.USER, text, ""), (Role.ASSISTANT, text, text), title=text), with_thinking=True)
    )


PIECES = [*'\\{}[]()^_&ab1 <>"', "\\frac", "\\text", "\\sqrt", "\\left", "\\begin{"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_formula_gets_out_of_its_element(pieces: list[str]) -> None:
    harmless(mathml("".join(pieces), display=False))


@pytest.mark.parametrize(
    "written",
    [
        "so $x^2$ it is",
        "is $\\boxed{5}$.",
        "\\[\nx\n- y\n= z\n\\]",
        "$$\nx\n\n$$",
        "\\begin{align}a &= b\\\\ c &= d\\end{align}",
        "The answer: \\boxed{5}",
    ],
)
def test_what_the_screen_shows_as_a_formula_is_one_on_a_page(written: str) -> None:
    assert "math" in harmless(page(said(written), with_thinking=False)).tags


@pytest.mark.parametrize("written", ["costs $5 and $6", "the $HOME of x$ here", "`$x$` and\n\n    $y$"])
def test_what_is_no_formula_on_the_screen_is_none_on_a_page(written: str) -> None:
    assert "math" not in harmless(page(said(written), with_thinking=False)).tags


@pytest.mark.parametrize(
    "piece", ["\\boxed{", "\\boxed{{}", "\\[\n", "\\begin{align}\n", "\\[\n\\] x\n", "\\(", "$a "]
)
def test_thousands_of_formulas_that_do_not_end_are_read_in_one_pass(piece: str) -> None:
    with_formulas(MarkdownIt("commonmark")).parse(piece * 8_000)
