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
    "ops": 18, "add": 8, "sub": 9, "mul": 6, "divmod": 13, "fractions": 11, "percent": 12, "linear": 10,
    "quadratic": 10, "derivative": 9, "gcdlcm": 9, "decimals": 8, "letters": 12, "units": 13,
    "countdown": 9, "sequence": 12, "word2": 8, "followup": 13, "chat": 12,
}  # fmt: skip
