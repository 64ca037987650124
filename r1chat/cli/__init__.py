"""The command line: parses, calls, prints; every command group is a module of its own, imported late."""
