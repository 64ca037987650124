"""Engines: what turns a conversation into a stream of tokens."""
