"""The questions that readers are shown, trained as typed among all the others."""

from typing import Final

from teacher.base import Problem

SHOWCASE: Final = (
    Problem("ops", "What is 2+2×2?", "6", ("a+b*c", 2, 2, 2)),
    Problem("quadratic", "Solve: If x^2 + 5x + 6 = 0, what is x?", "-3, -2", (1, 5, 6, 0)),
    Problem(
        "derivative",
        "What is the derivative of x^3 + 2x^2 - 5x + 1?",
        "3x^2 + 4x - 5",
        ((1, 3), (2, 2), (-5, 1), (1, 0)),
    ),
    Problem("linear", "Solve: 2x + 5 = 13", "4", ("ax+b", 2, 5, 13)),
    Problem(
        "chat",
        "What is the capital of France?",
        "Paris",
        ("capital", "France", "What is the capital of France?"),
    ),
    Problem("letters", "How many r's are in strawberry?", "3", ("strawberry", "r")),
    Problem("decimals", "Which is bigger, 9.11 or 9.9?", "9.9", ("9.11", "9.9", False)),
)
