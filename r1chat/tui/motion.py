"""How much may move on the screen, for whoever asked for less of it."""

from typing import Any

from textual.app import App

_CALM_PER_S = 1


def calm(app: App[Any]) -> bool:
    """Nothing is to glide or blink."""
    return app.animation_level == "none"


def every(app: App[Any], per_s: float) -> float:
    """Seconds between two changes of what usually changes `per_s` times a second."""
    return 1 / min(per_s, _CALM_PER_S) if calm(app) else 1 / per_s
