"""Which character a macro stands for, and what letters look like raised, lowered or in another face."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

FUNCTIONS = frozenset(
    [
        *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
        *("log", "ln", "lg", "exp", "lim", "max", "min", "sup", "inf", "det", "dim", "ker", "gcd", "lcm"),
        *("deg", "arg", "mod", "Pr", "hom", "limsup", "liminf"),
    ]
)
LIMITS = frozenset([*"∑∏∐⋃⋂⨁", "lim", "max", "min", "sup", "inf", "limsup", "liminf", "gcd"])
"""Operators that have their scripts above and below where there is room."""
SPACES = {",": " ", ":": " ", ";": " ", " ": " ", "!": "", "quad": "  ", "qquad": "    ", "thinspace": " "}
IGNORED = frozenset(
    [
        *("displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "hline", "nonumber", "notag"),
        *(f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")),
        *("rm", "bf", "it", "cal", "small", "large", "normalsize", "hfill"),
    ]
)
"""Macros that change only how print looks."""
TEXTS = frozenset(
    [
        *("text", "textbf", "textit", "textrm", "texttt", "textsf", "textsc", "textup", "textnormal"),
        *("emph", "mbox", "url"),
    ]
)
"""Macros whose argument is no mathematics."""
UNSEEN = frozenset({"label", "require", "color", "vspace", "vphantom"})
"""Macros whose argument is not shown."""
_OWN = {
    "implies": "⟹", "impliedby": "⟸", "iff": "⟺", "land": "∧", "lor": "∨", "lnot": "¬", "neg": "¬", "to": "→",
    "ne": "≠", "le": "≤", "ge": "≥", "leqslant": "≤", "geqslant": "≥", "dots": "…", "ldots": "…",
    "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "degree": "°", "%": "%", "$": "$", "&": "&", "#": "#",
    "_": "_",
    "{": "{", "}": "}", "|": "‖", "lvert": "|", "rvert": "|",
    "vert": "|", "mid": "∣", "colon": ":", "lbrace": "{",
    "rbrace": "}", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩",
    "prime": "′", "backslash": "\\", "checkmark": "✓", "blacksquare": "■", "square": "□", "ell": "ℓ",
    "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ", "emptyset": "∅", "varnothing": "∅", "setminus": "∖", "lbrack": "[",
    "rbrack": "]", "lt": "<", "gt": ">", "bullet": "•", "star": "⋆", "ast": "∗", "circ": "∘", "perp": "⊥",
    "dagger": "†", "triangle": "△", "angle": "∠", "therefore": "∴", "because": "∵", "iint": "∬", "oint": "∮",
    "sum": "∑", "prod": "∏", "coprod": "∐", "bigcup": "⋃", "bigcap": "⋂", "bigoplus": "⨁", "int": "∫",
}  # fmt: skip
_RAISED = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθφχ∘′°∗",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᵠᵡ°′°*",
        strict=True,
    )
)
_LOWERED = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
_FACES = {
    "mathbb": dict(zip("NZQRCPHFE", "ℕℤℚℝℂℙℍ𝔽𝔼", strict=True)),
    "mathcal": dict(zip("LFHIMPRBE", "ℒℱℋℐℳ𝒫ℛℬℰ", strict=True)),
}
_ACCENTS = {
    **dict.fromkeys(("hat", "widehat"), "\u0302"),
    **dict.fromkeys(("tilde", "widetilde"), "\u0303"),
    **dict.fromkeys(("vec", "overrightarrow"), "\u20d7"),
    "bar": "\u0304",
    "overline": "\u0305",
    "overleftarrow": "\u20d6",
    "mathring": "\u030a",
    "acute": "\u0301",
    "grave": "\u0300",
    "check": "\u030c",
    "breve": "\u0306",
    "dot": "\u0307",
    "ddot": "\u0308",
    "underline": "\u0332",
    "cancel": "\u0338",
}


def character(macro: str) -> str | None:
    r"""What `\macro` stands for; None where it is unknown."""
    return _OWN.get(macro) or _known().get(macro)


def raised(text: str) -> str | None:
    """As a superscript; None where a character has none."""
    return _mapped(text, _RAISED)


def lowered(text: str) -> str | None:
    """As a subscript; None where a character has none."""
    return _mapped(text, _LOWERED)


def changed(macro: str, text: str) -> str:
    """In blackboard bold or script, or under an accent, where there are such characters."""
    letters = _FACES.get(macro, {})
    accent = _ACCENTS.get(macro, "")
    return "".join(letters.get(letter, letter) + accent for letter in text)


def negated(mark: str) -> str:
    """The sign for the opposite of a relation, where there is one; else the relation struck through."""
    return unicodedata.normalize("NFC", f"{mark}\u0338")


def chemical(formula: str) -> str:
    """Numbers behind letters and brackets lowered, arrows drawn."""
    marked = re.sub(r"(?<=[A-Za-z)\]])\d+", lambda found: lowered(found[0]) or found[0], formula)
    return marked.replace("<=>", " ⇌ ").replace("->", " → ").replace("  ", " ")


def _mapped(text: str, table: Mapping[str, str]) -> str | None:
    if re.search(r"[a-z] [a-z]", text):  # words would become one
        return None
    characters = [table.get(character) for character in text if character != " "]
    return "".join(filter(None, characters)) if characters and all(characters) else None


@cache
def _known() -> dict[str, str]:
    """pylatexenc's table of symbols, those that stand for one character."""
    from pylatexenc.latex2text import get_default_latex_context_db

    return {
        spec.macroname: spec.simplify_repl
        for spec in get_default_latex_context_db().iter_macro_specs()
        if isinstance(spec.simplify_repl, str) and len(spec.simplify_repl) == 1
    }
