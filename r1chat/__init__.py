"""r1chat: think with a DeepSeek-R1 distill on your own computer."""

__version__ = "0.1.0"
