"""How many threads a model is given."""

import os

import psutil

from r1chat.limits import cpu_quota

SMALL_MODEL = 64 << 20
"""Bytes below which one thread is fastest."""


def plan_threads(model_size: int) -> int:
    """Physical cores within affinity and cgroup quota; one is left free from four up.

    A decode waits for its slowest thread, so a busy core costs more than it brings. A model of a few
    megabytes is done with a layer before a second thread has woken up.
    """
    if model_size < SMALL_MODEL:
        return 1
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    cores = min(cores, int(cpu_quota() or cores))
    return max(1, cores - 1 if cores >= 4 else cores)
