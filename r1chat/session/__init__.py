"""The one use case: a turn of a chat is asked, streamed, and saved while it streams."""

from r1chat.session.session import Session
from r1chat.session.values import TurnEnded, TurnEvent, TurnOptions, TurnStarted, Unheard

__all__ = ["Session", "TurnEnded", "TurnEvent", "TurnOptions", "TurnStarted", "Unheard"]
