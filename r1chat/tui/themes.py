"""Two themes of our own beside Textual's: every text in them stands out at least 4.5 to 1."""

from textual.theme import Theme

DARK = Theme(
    name="r1chat-dark",
    primary="#7aa8f0",
    secondary="#b49ae8",
    accent="#e5b567",
    warning="#e5b567",
    error="#f28b82",
    success="#8cc98f",
    foreground="#dcdfe4",
    background="#15171c",
    surface="#1d2027",
    panel="#262a33",
    dark=True,
)

LIGHT = Theme(
    name="r1chat-light",
    primary="#2a5db0",
    secondary="#6b3fa0",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#a32020",
    success="#256b2c",
    foreground="#22252b",
    background="#fbfaf7",
    surface="#f2f0ea",
    panel="#e7e4dc",
    dark=False,
)

THEMES = (DARK, LIGHT)
USUAL = "textual-dark"
"""The theme where none is set."""
