"""LaTeX mathematics as characters: in a line of text, or laid out in two dimensions."""

from r1chat.tui.latex.typeset import display, inline

__all__ = ["display", "inline"]
