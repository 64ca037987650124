"""`python -m r1chat.engine.worker`: the engine's child process."""

from r1chat.engine.worker.main import main

main()
