"""How the number of threads follows what the machine has left."""

from r1chat.engine.worker.threads import PATIENCE, WINDOW, Threads


class Machine:
    """A clock, and `cores` of which others use `taken`; a decode is 8 core-seconds."""

    def __init__(self, cores: int, most: int) -> None:
        self.now = self.cpu = 0.0
        self.cores, self.taken = cores, 0
        self.changes: list[int] = []
        self.threads = Threads(most, self.changes.append, lambda: self.now, lambda: self.cpu)

    def tokens(self, count: int) -> None:
        for _ in range(count):
            running = self.threads.count
            got = min(running, self.cores - self.taken)
            # threads that share a core make all the others wait for them
            seconds = 8 / running if got == running else 8 / running * 3
            self.now += seconds
            self.cpu += seconds * got
            self.threads.tell(seconds)


def test_on_a_free_machine_nothing_changes() -> None:
    machine = Machine(8, 8)
    machine.tokens(2000)
    assert machine.changes == []


def test_threads_leave_a_busy_core_within_a_window_and_come_back_when_it_is_free() -> None:
    machine = Machine(2, 2)
    machine.tokens(40)
    machine.taken = 1
    machine.tokens(2 * WINDOW)
    assert machine.threads.count == 1
    machine.taken = 0
    machine.tokens(PATIENCE[0] + 2 * WINDOW)
    assert machine.threads.count == 2


def test_more_threads_are_tried_ever_more_rarely_while_the_core_stays_busy() -> None:
    machine = Machine(2, 2)
    machine.taken = 1
    machine.tokens(8000)
    assert machine.threads.count == 1
    assert machine.changes.count(2) <= 8


def test_fewer_threads_that_are_slower_are_given_up() -> None:
    machine = Machine(8, 8)
    slow = iter([1.0] * WINDOW + [2.0] * WINDOW + [1.0] * WINDOW)
    for seconds in slow:  # the CPU time says that cores are gone, but it was not for the better
        machine.now += seconds
        machine.cpu += seconds * machine.threads.count / 2
        machine.threads.tell(seconds)
    assert machine.changes == [4, 8]
