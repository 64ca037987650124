"""Models: what is on this machine and how it is named."""
