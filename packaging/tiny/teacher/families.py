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
    "ops": 19, "add": 7, "sub": 8, "mul": 10, "divmod": 13, "fractions": 15, "percent": 13, "linear": 19,
    "quadratic": 15, "derivative": 10, "gcdlcm": 10, "decimals": 10, "letters": 12, "units": 14,
    "countdown": 7, "sequence": 14, "word2": 8, "followup": 20, "chat": 30,
}  # fmt: skip
