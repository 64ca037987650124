"""Sizes in words. Files are told in decimal units as the Hub and disks are, memory in binary ones."""


def size(count: int) -> str:
    """Bytes of a file, such as `4.68 GB`."""
    if count < 95e7:
        return f"{count / 1e6:,.1f} MB"
    return f"{count / 1e9:.2f} GB" if count < 995e7 else f"{count / 1e9:.1f} GB"


def memory(count: int) -> str:
    """Bytes of memory, such as `3.2 GiB`."""
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 29 else f"{count / (1 << 20):.0f} MiB"


def context(tokens: int) -> str:
    """Tokens of context, such as `16k`."""
    return f"{tokens // 1024}k" if tokens % 1024 == 0 else f"{tokens:,}"
