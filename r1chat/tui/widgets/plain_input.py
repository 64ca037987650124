"""A line that is typed into, and shows nothing that a terminal would obey."""

from textual.widgets import Input

from r1chat.core.terminal import plain


class PlainInput(Input):
    """Control characters that are pasted become their pictures: Textual's own draws them as they are."""

    def validate_value(self, value: str) -> str:
        """The value as it can be drawn."""
        return plain(value).replace("\n", " ").replace("\t", " ")
