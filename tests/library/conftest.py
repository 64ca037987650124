from pathlib import Path

import pytest

from r1chat.paths import Paths, default_paths


@pytest.fixture
def paths(monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders of this test, with no other program's cache named by the environment."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "LLAMA_CACHE", "OLLAMA_MODELS"):
        monkeypatch.delenv(name, raising=False)
    return default_paths()


@pytest.fixture
def home() -> Path:
    """The person's home."""
    return Path.home()
