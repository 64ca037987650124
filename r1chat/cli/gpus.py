"""GPUs that the system shows, whatever llama.cpp was built for."""

import platform
from pathlib import Path

_FILES = {
    "NVIDIA": ("proc/driver/nvidia/version", "dev/nvidiactl", "dev/nvidia0"),
    "AMD": ("dev/kfd",),
}
"""Files that a vendor's compute driver makes, below the root."""
_VENDORS = {"0x10de": "NVIDIA"}
"""PCI ids of those whose every card is worth a build of its own (`/sys/class/drm/card*/device/vendor`)."""
BUILDS = {
    "NVIDIA": "-DGGML_CUDA=on",
    "AMD": "-DGGML_HIP=on",
    "Apple": "-DGGML_METAL=on",
}
"""What llama-cpp-python is compiled with for each."""


def gpus_seen(root: Path = Path("/"), system: str = "", machine: str = "") -> tuple[str, ...]:
    """Vendors of the GPUs here."""
    if (system or platform.system()) == "Darwin":
        return ("Apple",) if (machine or platform.machine()) == "arm64" else ()
    seen = {vendor for vendor, files in _FILES.items() if any((root / file).exists() for file in files)}
    for file in root.glob("sys/class/drm/card*/device/vendor"):
        try:
            seen.add(_VENDORS.get(file.read_text(encoding="ascii").strip(), ""))
        except (OSError, UnicodeDecodeError):
            continue
    return tuple(sorted(seen - {""}))


def warning(vendor: str) -> str:
    """What to tell where such a GPU lies idle."""
    return (
        f"A GPU of {vendor} is here, and this build of llama-cpp-python cannot use it: all runs on the CPU. "
        f"Install it again with CMAKE_ARGS={BUILDS[vendor]} (README, 'Install for every day')."
    )
