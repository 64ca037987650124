"""llama-cpp-python's ctypes modules, without what its package imports beside them.

`import llama_cpp` brings numpy, jinja2 and a disk cache, of which nothing is used here: a quarter of a second
at each start and tens of megabytes. A bare package of the same place stands in for it, in this process only.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any


def _load() -> tuple[ModuleType, ModuleType]:
    spec = importlib.util.find_spec("llama_cpp")  # finds it, and runs nothing of it
    if spec is not None and spec.submodule_search_locations and "llama_cpp" not in sys.modules:
        package = ModuleType("llama_cpp")
        package.__path__ = list(spec.submodule_search_locations)
        package.__spec__ = spec
        sys.modules["llama_cpp"] = package
    return importlib.import_module("llama_cpp.llama_cpp"), importlib.import_module("llama_cpp._ggml")


lib: Any
lib, _ggml = _load()
"""llama.h."""
libggml: Any = _ggml.libggml
"""ggml's library, for what the bindings lack."""
