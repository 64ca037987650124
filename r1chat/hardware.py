"""Measures what a model can be put on: free memory now, GPUs, and how fast they are read.

Nothing here imports llama.cpp: its engine runs in a child of its own, and this is asked before anything is
fetched. GPUs count where the installed build of llama.cpp has their backend.
"""

import ctypes
import importlib.util
import mmap
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import psutil
from msgspec.structs import replace

from r1chat.core.fit import Device, Machine
from r1chat.limits import cpu_quota, free_memory, total_memory

SAMPLE = 64 << 20
"""Bytes that each thread reads to find the speed of memory: more than a core's share of any cache."""
KERNEL_READ = 5.5e9
"""Bytes of quantised weights a second that one core multiplies at most: the 1.5B at Q4_K_M took 165 to 196 ms
a token with one thread of an AVX-512 Xeon."""
GPU_SHARE, CPU_SHARE = 0.7, 0.8
"""Parts of the memory's speed that llama.cpp's decode reaches."""
APPLE_READ = {
    "M1": 68, "M1 Pro": 200, "M1 Max": 400, "M1 Ultra": 800,
    "M2": 100, "M2 Pro": 200, "M2 Max": 400, "M2 Ultra": 800,
    "M3": 100, "M3 Pro": 150, "M3 Max": 300, "M3 Ultra": 819,
    "M4": 120, "M4 Pro": 273, "M4 Max": 410,
}  # fmt: skip
"""GB a second, as Apple publishes them; of a chip in two versions the slower."""


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """This machine as measured now."""

    machine: Machine
    """What can be used."""
    ram_total: int
    cores: int
    """Physical cores that this process may use."""
    unused_gpus: tuple[Device, ...] = ()
    """GPUs that are there, but the installed build of llama.cpp cannot use."""
    notes: tuple[str, ...] = ()
    """How speeds were found, a sentence each."""


def measure(*, speed: bool = True) -> Hardware:
    """Look at this machine; some 0.1 s, of which the speed of its memory takes the most."""
    cores = usable_cores()
    read = ram_speed(cores) if speed else 0.0
    free, total = free_memory(), total_memory()
    if platform.system() == "Darwin":
        return _mac(free, total, cores, read)
    found = tuple(_nvidia())
    usable = found if "cuda" in backends() else ()
    machine = Machine(ram_free=free, ram_read=min(read * CPU_SHARE, cores * KERNEL_READ), gpus=usable)
    notes = [f"RAM was read at {read / 1e9:.0f} GB/s by {cores} thread(s)."] if speed else []
    if any(gpu.read for gpu in usable):
        notes.append("A GPU's speed is worked out from its memory's clock and width.")
    return Hardware(
        machine=machine,
        ram_total=total,
        cores=cores,
        unused_gpus=() if usable else found,
        notes=tuple(notes),
    )


def as_quick_as(before: Hardware) -> Hardware:
    """Look at this machine again, without measuring the speed of its memory once more."""
    now = measure(speed=False)
    machine = replace(now.machine, ram_read=before.machine.ram_read)
    return replace(now, machine=machine, notes=before.notes)


def usable_cores() -> int:
    """Physical cores within affinity and the control groups' quota; one stays free from four up."""
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    quota = cpu_quota()
    cores = min(cores, max(1, int(quota))) if quota else cores
    return max(1, cores - 1 if cores >= 4 else cores)


def ram_speed(threads: int) -> float:
    """Bytes a second that `threads` threads read together, in search of a byte that is not there."""
    search = ctypes.CDLL(None).memchr
    search.restype, search.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    with mmap.mmap(-1, SAMPLE * threads) as block:
        for start in range(0, len(block), SAMPLE):
            block[start : start + SAMPLE] = bytes(SAMPLE)
        anchor = ctypes.c_char.from_buffer(block)
        address = ctypes.addressof(anchor)

        def read(index: int) -> None:
            search(address + index * SAMPLE, 1, SAMPLE)

        with ThreadPoolExecutor(threads) as pool:
            best = min(_timed(pool, read, threads) for _ in range(3))
        del anchor
    return SAMPLE * threads / best


def backends() -> frozenset[str]:
    """GPU backends of the installed llama.cpp, by the libraries that lie in it; it is not imported."""
    spec = importlib.util.find_spec("llama_cpp")
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    names = [file.name for folder in folders for file in folder.glob("lib/*ggml-*")]
    return frozenset(
        kind for kind in ("cuda", "metal", "vulkan", "hip") if any(f"ggml-{kind}" in n for n in names)
    )


def _timed(pool: ThreadPoolExecutor, read: Callable[[int], None], threads: int) -> float:
    start = time.perf_counter()
    list(pool.map(read, range(threads)))
    return time.perf_counter() - start


def _nvidia() -> Iterator[Device]:
    """NVIDIA's GPUs, by the library of its driver; none where there is no driver."""
    try:
        import pynvml
    except ImportError:
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return
    try:
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            name = pynvml.nvmlDeviceGetName(handle)
            yield Device(
                name=name.decode(errors="replace") if isinstance(name, bytes) else str(name),
                free=int(memory.free),
                total=int(memory.total),
                read=_nvidia_read(handle) * GPU_SHARE,
            )
    except pynvml.NVMLError:
        return
    finally:
        pynvml.nvmlShutdown()


def _nvidia_read(handle: object) -> float:
    """Bytes a second: two transfers a clock over the width of the bus; 0 where the driver does not say."""
    import pynvml

    try:
        clock = pynvml.nvmlDeviceGetMaxClockInfo(handle, pynvml.NVML_CLOCK_MEM)
        width = pynvml.nvmlDeviceGetMemoryBusWidth(handle)
    except pynvml.NVMLError:
        return 0.0
    return float(clock) * 1e6 * 2 * float(width) / 8


def _mac(free: int, total: int, cores: int, read: float) -> Hardware:
    """A Mac: its GPU may wire a part of the machine's memory."""
    chip = _sysctl("machdep.cpu.brand_string").removeprefix("Apple ")
    known = APPLE_READ.get(chip, 0) * 1e9 * GPU_SHARE
    limit = int(_sysctl("iogpu.wired_limit_mb") or 0) << 20 or working_set(total)
    gpu = Device(name=chip or "GPU", free=min(limit, free), total=limit, read=known)
    usable = platform.machine() == "arm64" and "metal" in backends()
    machine = Machine(
        ram_free=free,
        ram_read=min(read * CPU_SHARE, cores * KERNEL_READ),
        gpus=(gpu,) if usable else (),
        unified=True,
    )
    notes = (f"Memory speed of {chip} as Apple publishes it.",) if known else ()
    return Hardware(machine=machine, ram_total=total, cores=cores, notes=notes)


def working_set(total: int) -> int:
    """Bytes that macOS lets a GPU wire by default: two thirds of a small machine, else three quarters."""
    return total * 2 // 3 if total <= 36 << 30 else total * 3 // 4


def _sysctl(name: str) -> str:
    try:
        run = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip()
