"""`python -m r1chat` and the `r1chat` command."""

import signal
from typing import Never


def main() -> Never:
    """Run r1chat. A Ctrl-C during the imports ends it at once; later each command sees to its own."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from r1chat.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
