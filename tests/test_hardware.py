from msgspec.structs import replace

from r1chat.hardware import as_quick_as, backends, measure, ram_speed, usable_cores, working_set

GIB = 1 << 30


def test_this_machine_has_memory_cores_and_a_speed() -> None:
    found = measure()
    assert 0 < found.machine.ram_free <= found.ram_total
    assert found.cores >= 1
    assert found.machine.ram_read > 0
    assert found.notes


def test_a_look_without_speed_says_so() -> None:
    found = measure(speed=False)
    assert found.machine.ram_read == 0
    assert not found.notes or found.machine.gpus


def test_memory_is_read_at_a_plausible_speed() -> None:
    assert 1e8 < ram_speed(1) < 1e13


def test_cores_and_backends_are_found_without_llama_cpp() -> None:
    assert usable_cores() >= 1
    assert backends() <= {"cuda", "metal", "vulkan", "hip"}


def test_a_mac_may_wire_two_thirds_or_three_quarters() -> None:
    assert working_set(24 * GIB) == 16 * GIB
    assert working_set(64 * GIB) == 48 * GIB


def test_a_second_look_finds_memory_as_quick_as_the_first_did() -> None:
    first = measure(speed=False)
    read = first.machine.ram_read + 12e9
    again = as_quick_as(replace(first, machine=replace(first.machine, ram_read=read), notes=("so",)))
    assert (again.machine.ram_read, again.notes) == (read, ("so",))
    assert again.ram_total == first.ram_total
