"""Cells as bytes: what is loaded is bit for bit what was saved. In a process of its own: C code may die."""

import subprocess
import sys
from pathlib import Path

BIT_FOR_BIT = """
from r1chat.engine.worker import capi
from r1chat.engine.worker.cells import Cells
from r1chat.engine.worker.kv import KvCache
from r1chat.paths import tiny_model

capi.start(lambda _level, _text: None)
model = capi.Model(str(tiny_model()), 0, lambda _fraction: True)
prompt = [5 + number % 200 for number in range(300)]

def cache(n_ctx):
    return KvCache(capi.Context(model, n_ctx, 1, capi.AbortFlag()))

def read(kv, prompt):
    branch = kv.begin(prompt)
    kv.prefill(branch, prompt, lambda _done: None, capi.AbortFlag())
    return branch

old, new = cache(1024), cache(512)
saving, loading = Cells(old.context), Cells(new.context)
read(old, [9, *prompt])
source, target = read(old, prompt), read(new, prompt[:40])
for start, end in ((0, 128), (128, 256), (256, 300)):
    size = saving.save(source.sequence, start, end)
    loading.room = bytearray(saving.room)
    assert loading.load(target.sequence, max(start, 40), end, size)
target.ids = list(prompt)
for at in range(40, 300):
    size = saving.save(source.sequence, at, at + 1)
    assert size == loading.save(target.sequence, at, at + 1) > 1000
    assert saving.room[:size] == loading.room[:size]
size = saving.save(source.sequence, 40, 300)

loading.room = bytearray(saving.room)
assert not loading.load(target.sequence, 300, 301, size)  # holds no such position
full = cache(512)
cells = Cells(full.context)
cells.room = bytearray(saving.room)
branch = read(full, prompt)
assert not cells.load(1, 40, 300, size)  # has no cells for them
full.drop(branch)
assert cells.load(1, 40, 300, size)
cells.room[:4] = b"????"
assert not cells.load(2, 40, 300, size)
print("the same")
"""


def test_cells_are_loaded_bit_for_bit_and_what_cannot_be_leaves_the_cache_as_it_was() -> None:
    run = subprocess.run(
        [sys.executable, "-c", BIT_FOR_BIT],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "the same\n", run.stderr
