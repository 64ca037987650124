"""`python -m r1chat` and the `r1chat` command."""

from r1chat.cli.main import main

if __name__ == "__main__":
    main()
