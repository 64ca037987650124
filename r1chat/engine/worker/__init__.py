"""Runs in the engine's child process only: llama.cpp, and the loop that decodes."""
