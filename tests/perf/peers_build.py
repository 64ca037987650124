"""llama-bench and llama-server, built from the very llama.cpp that llama-cpp-python's sdist carries."""

import platform
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",  # as llama-cpp-python builds it
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",  # nothing is to be fetched
    "-DLLAMA_OPENSSL=OFF",
)
REFUSAL = """
#include <signal.h>
static char stack[4096];
__attribute__((constructor)) static void refuse(void) {
    stack_t small = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&small, 0);
}
"""
"""What the engine's worker does where a build has AMX: Linux then refuses the tiles, ggml uses AVX-512."""


@dataclass(frozen=True)
class Peers:
    """The two programs, and what they need in their environment to use the instructions that r1chat uses."""

    bench: Path
    server: Path
    environment: dict[str, str]


def build(folder: Path, sdist: Path | None, options: Sequence[str]) -> Peers:
    """Build in `folder` what is not there yet; `options` are further ones for CMake, such as a GPU's.

    `sdist` is the sdist or a folder that it was unpacked to; without one, pip fetches that of the installed
    version.
    """
    made = folder / "build"
    names = ("llama-bench", "llama-server")
    programs = [made / "bin" / name for name in names]
    if not all(program.exists() for program in programs):
        source = _source(folder, sdist)
        _run("cmake", "-S", str(source), "-B", str(made), *OPTIONS, *options)
        _run("cmake", "--build", str(made), "-j2", "--target", *names)
    return Peers(programs[0], programs[1], _without_amx(folder))


def _source(folder: Path, sdist: Path | None) -> Path:
    """llama.cpp's tree."""
    if sdist is None:
        version = metadata.version("llama-cpp-python")
        pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary=:all:")
        _run(*pip, "-d", str(folder), f"llama-cpp-python=={version}")
        sdist = next(folder.glob("llama_cpp_python-*.tar.gz"))
    if sdist.is_file():
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        sdist = folder / sdist.name.removesuffix(".tar.gz")
    return sdist / "vendor" / "llama.cpp"


def _without_amx(folder: Path) -> dict[str, str]:
    """Environment that keeps a program off AMX, where this machine has it and r1chat keeps off it."""
    flags = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not flags.exists() or "amx_int8" not in flags.read_text():
        return {}
    library, source = folder / "refuse_amx.so", folder / "refuse_amx.c"
    if not library.exists():
        source.write_text(REFUSAL)
        _run("cc", "-shared", "-fPIC", "-o", str(library), str(source))
    return {"LD_PRELOAD": str(library.absolute())}


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
