"""Formulas for a web page, as MathML: browsers show it without a script."""

import html
import re
from xml.etree import ElementTree

from latex2mathml import converter, exceptions

_MAX = 4000
"""Characters of one formula; a longer one stays as it was written."""
_STYLE = re.compile(r"\\(?:href|style|class|cssId|unicode)\b")
"""Commands that would put a model's own links and styles into the page."""
_ERRORS = (
    exceptions.NoAvailableTokensError,
    exceptions.MissingSuperScriptOrSubscriptError,
    exceptions.ExtraLeftOrMissingRightError,
    exceptions.MissingEndError,
    exceptions.DenominatorNotFoundError,
    exceptions.NumeratorNotFoundError,
    exceptions.DoubleSubscriptsError,
    exceptions.DoubleSuperscriptsError,
    exceptions.LimitsMustFollowMathOperatorError,
    exceptions.InvalidStyleForGenfracError,
    exceptions.InvalidAlignmentError,
    exceptions.InvalidWidthError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    StopIteration,
    RuntimeError,  # of which RecursionError is one
)
"""What the converter raises for LaTeX that it cannot read."""


def mathml(source: str, *, display: bool) -> str:
    """A formula; where it cannot be set, its source as code."""
    if len(source) <= _MAX and not _STYLE.search(source):
        try:
            return _serialized(converter.convert_to_element(source, display="block" if display else "inline"))
        except _ERRORS:
            pass
    return f"<code>{html.escape(source)}</code>"


def _serialized(formula: ElementTree.Element) -> str:
    """The element as text, escaped once: its entities for signs become signs before.

    The converter's own `convert` undoes the escaping, so that a \\text could hold live HTML.
    """
    for part in formula.iter():
        part.text = html.unescape(part.text or "")
        part.tail = html.unescape(part.tail or "")
        for name, value in part.attrib.items():
            part.set(name, html.unescape(value))
    return ElementTree.tostring(formula, encoding="unicode")
