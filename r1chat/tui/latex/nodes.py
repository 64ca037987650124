"""LaTeX source as a tree. pylatexenc reads it, tolerantly; only this file knows pylatexenc's own nodes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

ONE = frozenset(
    [
        *("boxed", "fbox", "text", "textbf", "textit", "textrm", "texttt", "textsf", "textsc", "textup"),
        *("textnormal", "emph", "mbox", "url", "ce", "mathrm", "mathbf", "mathit", "mathsf", "mathtt"),
        *("mathbb", "mathcal", "mathscr", "mathfrak", "boldsymbol", "bm", "operatorname", "mathop", "pmod"),
        *("bmod", "tag", "phantom", "hphantom", "vphantom", "overrightarrow", "overleftarrow", "hat"),
        *("widehat", "bar", "overline", "vec", "tilde", "widetilde", "dot", "ddot", "underline", "cancel"),
        *("mathring", "acute", "grave", "check", "breve", "underbrace", "overbrace", "substack"),
        *("label", "require", "color", "hspace", "vspace"),
    ]
)
"""Macros of one argument."""
TWO = frozenset(
    [
        *("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom", "stackrel", "overset", "underset"),
        *("textcolor", "href"),
    ]
)
"""Macros of two arguments."""
OPTIONAL = frozenset({"sqrt", "xrightarrow", "xleftarrow"})
"""Macros of one argument, with another in brackets before it if any."""
_INFIX = {"choose": "binom", "over": "frac"}
"""Macros that take what stands before them in their group, and what stands behind → those that they mean."""
_STARRED = re.compile(r"\\(operatorname|tag|hspace|vspace)\*")


class Unreadable(Exception):
    """An argument is missing, or worse: what was written is clearer than a guess."""


@dataclass(frozen=True)
class Chars:
    """Characters as they were typed."""

    text: str


@dataclass(frozen=True)
class Group:
    """What stands in braces."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Macro:
    """`\\name` with its arguments; `optional` is what stood in brackets."""

    name: str
    arguments: tuple[tuple["Node", ...], ...] = ()
    optional: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Script:
    """`^` or `_`, and what it raises or lowers."""

    mark: str
    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Environment:
    """`\\begin{name} … \\end{name}`."""

    name: str
    nodes: tuple["Node", ...]


Node = Chars | Group | Macro | Script | Environment
"""`&` is Chars of its own; `\\\\` is a Macro."""


def parse(source: str) -> tuple[Node, ...]:
    """The tree of a formula. Raises Unreadable."""
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerError

    source = _STARRED.sub(r"\\\1", source)
    safe = source.replace("\\%", "%").replace("%", "\\%")  # else the rest of the line is a comment
    walker = LatexWalker(safe, latex_context=_context(), tolerant_parsing=True)
    try:
        return _converted(walker.get_latex_nodes()[0])
    except LatexWalkerError as error:
        raise Unreadable from error


def words(nodes: Iterable[Node]) -> str:
    """What `\\text` shows: everything as it was typed."""
    return "".join(map(_word, nodes))


def _word(node: Node) -> str:
    match node:
        case Chars(text):
            return text
        case Group(inner) | Script(_, inner) | Environment(_, inner):
            return words(inner)
        case Macro(name, arguments):
            return (name if not name.isalpha() else "") + "".join(words(argument) for argument in arguments)


def _converted(nodes: Iterable[object]) -> tuple[Node, ...]:
    return tuple(node for node in map(_made, nodes) if node is not None)


def _made(found: object) -> Node | None:
    node: Any = found
    made: Node | None = None  # a comment
    match type(found).__name__:
        case "LatexCharsNode":
            made = Chars(node.chars)
        case "LatexGroupNode" | "LatexMathNode":
            made = Group(_prefixed(_converted(node.nodelist)))
        case "LatexSpecialsNode" if node.specials_chars in {"^", "_"}:
            made = Script(node.specials_chars, _arguments(node)[0])
        case "LatexSpecialsNode":
            made = Chars(node.specials_chars)
        case "LatexEnvironmentNode":
            made = Environment(node.environmentname.rstrip("*"), _converted(node.nodelist))
        case "LatexMacroNode" if node.macroname in OPTIONAL:
            optional, inner = _arguments(node)
            made = Macro(node.macroname, (inner,), optional)
        case "LatexMacroNode":
            takes = node.macroname in ONE | TWO
            made = Macro(node.macroname, _arguments(node) if takes else ())
    return made


def _prefixed(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    for at, node in enumerate(nodes):
        if isinstance(node, Macro) and node.name in _INFIX:
            return (Macro(_INFIX[node.name], (nodes[:at], _prefixed(nodes[at + 1 :]))),)
    return nodes


def _arguments(found: object) -> tuple[tuple[Node, ...], ...]:
    node: Any = found
    if node.nodeargd is None:
        raise Unreadable
    return tuple(_argument(given) for given in node.nodeargd.argnlist)


def _argument(found: object) -> tuple[Node, ...]:
    node = None if found is None else _made(found)
    if node is None:
        return ()
    return node.nodes if isinstance(node, Group) else (node,)


@cache
def _context() -> object:
    """What pylatexenc has to know of macros: how many arguments each takes."""
    from pylatexenc import macrospec

    def takes(arguments: str) -> object:
        return macrospec.MacroStandardArgsParser(arguments)

    context = macrospec.LatexContextDb()
    context.add_context_category(
        "mathematics",
        macros=[
            *(macrospec.MacroSpec(name, args_parser=takes("{")) for name in ONE),
            *(macrospec.MacroSpec(name, args_parser=takes("{{")) for name in TWO),
            *(macrospec.MacroSpec(name, args_parser=takes("[{")) for name in OPTIONAL),
        ],
        specials=[
            macrospec.SpecialsSpec("&"),
            *(macrospec.SpecialsSpec(mark, args_parser=takes("{")) for mark in "^_"),
        ],
    )
    context.set_unknown_macro_spec(macrospec.MacroSpec(""))
    context.set_unknown_environment_spec(macrospec.EnvironmentSpec(""))
    return context
