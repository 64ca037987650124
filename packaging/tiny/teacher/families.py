"""All families with their weights in the training mix."""

from typing import Any, Final

from teacher.add import Add
from teacher.base import Family
from teacher.chat import Chat
from teacher.countdown import Countdown
from teacher.decimals import Decimals
from teacher.derivative import Derivative
from teacher.divmod_ import DivMod
from teacher.followup import FollowUp
from teacher.fractions_ import Fractions
from teacher.gcdlcm import GcdLcm
from teacher.letters import Letters
from teacher.linear import Linear
from teacher.mul import Mul
from teacher.ops import Ops
from teacher.percent import Percent
from teacher.quadratic import Quadratic
from teacher.sequence import Sequence
from teacher.sub import Sub
from teacher.units import Units
from teacher.word2 import Word2

FAMILIES: Final[dict[str, Family[Any]]] = {
    family.name: family
    for family in (
        Ops(), Add(), Sub(), Mul(), DivMod(), Fractions(), Percent(), Linear(), Quadratic(), Derivative(),
        GcdLcm(), Decimals(), Letters(), Units(), Countdown(), Sequence(), Word2(), FollowUp(), Chat(),
    )
}  # fmt: skip
WEIGHTS: Final[dict[str, int]] = {
    "ops": 8, "add": 5, "sub": 10, "mul": 5, "divmod": 8, "fractions": 9, "percent": 9, "linear": 7,
    "quadratic": 13, "derivative": 3, "gcdlcm": 14, "decimals": 13, "letters": 24, "units": 9,
    "countdown": 11, "sequence": 8, "word2": 4, "followup": 12, "chat": 12,
}  # fmt: skip
