"""How turns are thought and drawn, as the settings have it."""

from r1chat.session.values import TurnOptions
from r1chat.settings import Settings


def turn_options(settings: Settings) -> TurnOptions:
    """How a turn is thought and drawn where nothing else was asked for."""
    sampling = settings.sampling
    return TurnOptions(
        thinking=settings.thinking.thinking(),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        min_p=sampling.min_p,
        extras=sampling.extras(),
        max_tokens=sampling.max_tokens,
        overflow=settings.context.overflow,
    )
