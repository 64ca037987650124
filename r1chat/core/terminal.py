"""Makes text that somebody else wrote harmless for a terminal.

What a model, a file or the net says may hold escape sequences that move the cursor, change the clipboard or
hide words. They become visible signs; nothing is cut out silently but a carriage return before a newline.
"""

_C0 = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
"""Control characters → their pictures, so that ESC is seen as ␛."""
_DELETE = {0x7F: "␡"}
_C1 = dict.fromkeys(range(0x80, 0xA0), "\ufffd")
"""Eight-bit controls: U+009B opens an escape sequence just as ESC [ does."""
_BIDI = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
"""Marks that make a line read in another order than it is stored: https://trojansource.codes."""
_LINES = {0x2028: "\n", 0x2029: "\n"}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Halves of a character: no encoding can write them."""
_PLAIN = _C0 | _DELETE | _C1 | _BIDI | _LINES | _SURROGATES
_JSON = {code: f"\\u{code:04x}" for code in (*_DELETE, *_C1, *_BIDI, *_LINES, *_SURROGATES)}


def plain(text: str) -> str:
    """`text` without anything that a terminal would obey; newlines and tabs stay."""
    return text.replace("\r\n", "\n").translate(_PLAIN)


def plain_json(text: str) -> str:
    """A JSON document that means the same, with every such character written as its escape."""
    return text.translate(_JSON)
