"""Where a model would run, in words; the same on the screen and on the command line."""

from r1chat.core.fit import Fit, Verdict
from r1chat.core.units import memory


def place(found: Fit) -> str:
    """In a word or two, for a table."""
    match found.verdict:
        case Verdict.GPU:
            return "GPU"
        case Verdict.SPLIT:
            return f"{found.gpu_layers}/{found.n_layer + 1} GPU"
        case Verdict.CPU:
            return "CPU"
        case Verdict.NO:
            return "no"


def place_sentence(found: Fit) -> str:
    """In a few words, for a line of its own."""
    match found.verdict:
        case Verdict.GPU:
            return "fits the GPU"
        case Verdict.SPLIT:
            return f"{found.gpu_layers} of {found.n_layer + 1} layers on the GPU"
        case Verdict.CPU:
            return "fits in RAM"
        case Verdict.NO:
            return f"does not fit: {memory(found.missing)} missing"
