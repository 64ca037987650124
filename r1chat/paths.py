"""Where r1chat keeps things. Pure: nothing is created on import or on asking."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

COPIED = "copied.txt"
"""The file of what was copied last, among the states."""


@dataclass(frozen=True)
class Paths:
    """The four folders of one user."""

    config: Path
    """Settings a person may edit."""
    data: Path
    """Chats and models: never deleted by r1chat on its own."""
    state: Path
    """Logs of the engine."""
    cache: Path
    """What can be made again."""

    @property
    def database(self) -> Path:
        """The SQLite file of all chats."""
        return self.data / "chats.db"

    @property
    def settings(self) -> Path:
        """The TOML file of the settings."""
        return self.config / "config.toml"

    @property
    def logs(self) -> Path:
        """What engines' child processes and llama.cpp wrote to stderr, a file each."""
        return self.state / "logs"

    @property
    def saved_states(self) -> Path:
        """KV of chats that left the engine's memory."""
        return self.cache / "kv"

    @property
    def batch_costs(self) -> Path:
        """What batches of each size take, a file for each model on this machine."""
        return self.cache / "batches"

    @property
    def downloads(self) -> Path:
        """What is to be fetched, a small file each."""
        return self.state / "downloads"

    @property
    def copied(self) -> Path:
        """What was copied last, where a terminal may not have taken it."""
        return self.state / COPIED

    @property
    def unsent(self) -> Path:
        """What was typed and not sent, a file for each running r1chat."""
        return self.state / "unsent"

    @property
    def models(self) -> Path:
        """Where GGUF files are kept."""
        return self.data / "models"


def default_paths() -> Paths:
    """The folders of this user; `R1CHAT_HOME` puts all four under one folder."""
    if home := os.environ.get("R1CHAT_HOME"):
        root = Path(os.path.expanduser(home)).absolute()
        return Paths(root / "config", root / "data", root / "state", root / "cache")
    dirs = platformdirs.PlatformDirs("r1chat", appauthor=False)
    return Paths(dirs.user_config_path, dirs.user_data_path, dirs.user_state_path, dirs.user_cache_path)


def tiny_model() -> Path:
    """The GGUF file of the embedded model: inside an installed package, or in the checkout's assets."""
    package = Path(__file__).parent
    installed = package / "assets" / "tiny" / "tiny.gguf"
    return installed if installed.exists() else package.parent / "assets" / "tiny" / "tiny.gguf"
