"""All families with their weights in the training mix."""

from typing import Final

from .add import Add
from .base import Family
from .chat import Chat
from .countdown import Countdown
from .decimals import Decimals
from .derivative import Derivative
from .divmod_ import DivMod
from .followup import FollowUp
from .fractions_ import Fractions
from .gcdlcm import GcdLcm
from .letters import Letters
from .linear import Linear
from .mul import Mul
from .ops import Ops
from .percent import Percent
from .quadratic import Quadratic
from .sequence import Sequence
from .sub import Sub
from .units import Units
from .word2 import Word2

FAMILIES: Final[dict[str, Family]] = {
    family.name: family
    for family in (
        Ops(), Add(), Sub(), Mul(), DivMod(), Fractions(), Percent(), Linear(), Quadratic(), Derivative(),
        GcdLcm(), Decimals(), Letters(), Units(), Countdown(), Sequence(), Word2(), FollowUp(), Chat(),
    )
}  # fmt: skip
WEIGHTS: Final[dict[str, int]] = {
    "ops": 6, "add": 5, "sub": 5, "mul": 6, "divmod": 6, "fractions": 8, "percent": 6, "linear": 7,
    "quadratic": 8, "derivative": 5, "gcdlcm": 8, "decimals": 5, "letters": 8, "units": 6,
    "countdown": 8, "sequence": 6, "word2": 6, "followup": 6, "chat": 7,
}  # fmt: skip
