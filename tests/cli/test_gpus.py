"""GPUs that are here and that a build may not be able to use."""

from pathlib import Path

import pytest

from r1chat.cli.doctor import CPU, backend_of
from r1chat.cli.gpus import BUILDS, gpus_seen, warning
from r1chat.engine.wire import DeviceInfo, Probe


def touch(root: Path, name: str, text: str = "") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("file", "text", "vendor"),
    [
        ("dev/nvidiactl", "", "NVIDIA"),
        ("dev/kfd", "", "AMD"),
        ("sys/class/drm/card1/device/vendor", "0x10de\n", "NVIDIA"),
    ],
)
def test_a_gpu_is_seen_by_its_driver_or_its_card(tmp_path: Path, file: str, text: str, vendor: str) -> None:
    assert gpus_seen(tmp_path, "Linux") == ()
    touch(tmp_path, file, text)
    assert gpus_seen(tmp_path, "Linux") == (vendor,)


def test_a_screens_own_chip_is_no_gpu_to_compile_for(tmp_path: Path) -> None:
    touch(tmp_path, "sys/class/drm/card0/device/vendor", "0x8086\n")
    touch(tmp_path, "sys/class/drm/card1/device/vendor", "nonsense")
    assert gpus_seen(tmp_path, "Linux") == ()


def test_a_mac_has_a_gpu_where_it_is_of_apples_own_chips(tmp_path: Path) -> None:
    assert gpus_seen(tmp_path, "Darwin", "arm64") == ("Apple",)
    assert gpus_seen(tmp_path, "Darwin", "x86_64") == ()


def test_the_warning_says_how_to_build_for_it() -> None:
    assert all(option in warning(vendor) for vendor, option in BUILDS.items())


def test_the_backend_is_named_after_the_devices_in_use() -> None:
    cpu = DeviceInfo("CPU", "some", gpu=False, free=1, total=1)
    cards = tuple(DeviceInfo(f"CUDA{n}", "card", gpu=True, free=1, total=1) for n in range(2))
    assert backend_of(Probe("1", "", gpu_build=False, devices=(cpu,))) == CPU
    assert backend_of(Probe("1", "", gpu_build=True, devices=(cpu,))) == CPU
    assert backend_of(Probe("1", "", gpu_build=True, devices=(*cards, cpu))) == "CUDA"
