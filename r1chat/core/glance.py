"""A look at a chat that is not opened."""

import msgspec


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """Its beginning and its end, both cut where they are long."""

    question: str = ""
    """What was asked first."""
    answer: str = ""
    """The beginning of the last answer of the branch that is looked at."""
    thought: str = ""
    """The end of its last thought, where there is no answer yet."""
