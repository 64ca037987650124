from pathlib import Path

import psutil
import pytest

from r1chat.limits import cpu_quota, free_memory, total_memory

GIB = 1 << 30


def system(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(autouse=True)
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()._replace(available=64 * GIB, total=128 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


def test_without_control_groups_the_machine_is_the_limit(tmp_path: Path) -> None:
    assert free_memory(tmp_path) == 64 * GIB
    assert total_memory(tmp_path) == 128 * GIB
    assert cpu_quota(tmp_path) is None


def test_a_limit_of_version_2_counts_what_files_could_give_back(tmp_path: Path) -> None:
    root = system(tmp_path, "0::/box/inner\n", {
        "box/inner/memory.max": f"{8 * GIB}\n", "box/inner/memory.current": f"{5 * GIB}\n",
        "box/inner/memory.stat": f"anon 1\ninactive_file {GIB}\n", "box/inner/cpu.max": "150000 100000\n",
    })  # fmt: skip
    assert free_memory(root) == 4 * GIB
    assert total_memory(root) == 8 * GIB
    assert cpu_quota(root) == 1.5


def test_the_tightest_of_nested_groups_counts(tmp_path: Path) -> None:
    root = system(tmp_path, "0::/box/inner\n", {
        "box/inner/memory.max": "max\n", "box/inner/memory.current": "0\n",
        "box/inner/cpu.max": "max 100000\n",
        "box/memory.max": f"{2 * GIB}\n", "box/memory.current": f"{GIB}\n", "box/cpu.max": "50000 100000\n",
    })  # fmt: skip
    assert free_memory(root) == GIB
    assert cpu_quota(root) == 0.5


def test_a_container_sees_its_own_group_at_the_root(tmp_path: Path) -> None:
    root = system(tmp_path, "0::/\n", {"memory.max": f"{3 * GIB}\n", "memory.current": f"{GIB}\n"})
    assert free_memory(root) == 2 * GIB


def test_a_limit_of_version_1_is_read_and_its_no_limit_too(tmp_path: Path) -> None:
    root = system(tmp_path, "4:memory:/job\n1:cpu,cpuacct:/job\n0::/\n", {
        "memory/job/memory.limit_in_bytes": f"{6 * GIB}\n",
        "memory/job/memory.usage_in_bytes": f"{4 * GIB}\n",
        "memory/job/memory.stat": f"inactive_file 1\ntotal_inactive_file {GIB}\n",
        "memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/memory.usage_in_bytes": "1\n",
        "cpu/job/cpu.cfs_quota_us": "-1\n", "cpu/job/cpu.cfs_period_us": "100000\n",
    })  # fmt: skip
    assert free_memory(root) == 3 * GIB
    assert cpu_quota(root) is None


def test_a_group_over_its_limit_has_nothing_left(tmp_path: Path) -> None:
    root = system(tmp_path, "0::/\n", {"memory.max": "4096\n", "memory.current": f"{GIB}\n"})
    assert free_memory(root) == 0


@pytest.mark.parametrize(
    ("line", "folder", "names"),
    [
        ("0::/user/app", "user", ("memory.max", "memory.current", "inactive_file")),
        ("0::/", ".", ("memory.max", "memory.current", "inactive_file")),
        (
            "4:memory:/jail",
            "memory/jail",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ),
    ],
)
def test_pages_of_files_do_not_count_and_no_limit_is_none(
    tmp_path: Path, line: str, folder: str, names: tuple[str, str, str]
) -> None:
    limit, used, cache = names
    root = system(tmp_path, f"{line}\n", {
        f"{folder}/{limit}": "3000000\n", f"{folder}/{used}": "2000000\n",
        f"{folder}/memory.stat": f"anon 5\n{cache} 500000\n",
    })  # fmt: skip
    assert free_memory(root) == 1_500_000
    (root / "sys/fs/cgroup" / folder / limit).write_text("max\n")
    assert free_memory(root) == 64 * GIB


@pytest.mark.parametrize("quota", ["fast slow", "5 0", "max 100000", "-1 5", "7"])
def test_an_odd_quota_is_none(tmp_path: Path, quota: str) -> None:
    assert cpu_quota(system(tmp_path, "0::/\n", {"cpu.max": f"{quota}\n"})) is None


@pytest.mark.parametrize("text", ["", "nonsense", "0:", "0::", "::::", "0::/../..\n"])
def test_odd_files_are_no_limit(tmp_path: Path, text: str) -> None:
    root = system(tmp_path, text, {"memory.max": "many\n", "cpu.max": "fast\n", "memory.stat": "x\n"})
    assert free_memory(root) == 64 * GIB
    assert cpu_quota(root) is None
