"""Where a model is put: on made-up machines, by arithmetic alone."""

from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.catalog import Shape
from r1chat.core.fit import GPU_MARGIN, PROCESS, Device, KvType, Machine, Weights, kv_bytes
from r1chat.engine.base import OutOfMemory
from r1chat.engine.worker.dryrun import buffer_bytes
from r1chat.engine.worker.placement import ANY, Placement, Plan, Wish

GIB = 1 << 30
SHAPE = Shape(
    arch="qwen2", n_layer=28, n_head=28, n_head_kv=4, head_dim=128, n_embd=3584, n_ff=18944,
    n_vocab=152064, n_ctx=131072,
)  # fmt: skip
WEIGHTS = Weights(layers=(140 << 20,) * 28, output=450 << 20, embedding=300 << 20)  # 4.6 GiB, as R1's 7B
BUFFERS = 320 << 20


def placement(ram: float, *gpus: float, wish: Wish = ANY, unified: bool = False) -> Placement:
    """On a machine with so many GiB free."""
    devices = tuple(
        Device(name=f"CUDA{number}", free=int(free * GIB), total=24 * GIB) for number, free in enumerate(gpus)
    )
    machine = Machine(ram_free=int(ram * GIB), gpus=devices, unified=unified)
    return Placement(SHAPE, WEIGHTS, machine, lambda _n_ctx, _kv: BUFFERS, wish)


def first(*where: float, wish: Wish = ANY) -> Plan | None:
    return next(placement(*where, wish=wish).plans(), None)


def test_with_room_for_all_nothing_is_given_up() -> None:
    assert first(16) == Plan(16384, KvType.F16, 0)
    assert first(16, 24) == Plan(16384, KvType.F16, 29)
    roomy = placement(16)
    assert not roomy.falls_short(Plan(16384, KvType.F16, 0))
    assert roomy.explain(Plan(16384, KvType.F16, 0), "CPU") == (
        "16,384 tokens of context, f16 KV (0.9 GiB), on the CPU: 16.0 GiB are free for 4.6 GiB of weights."
    )


def test_a_smaller_context_comes_first_then_q8_0_then_none() -> None:
    taken = [first(4.6 + step / 25) for step in range(35, 0, -1)]
    assert list(dict.fromkeys(taken)) == [
        Plan(16384, KvType.F16, 0),
        Plan(8192, KvType.F16, 0),
        Plan(4096, KvType.F16, 0),
        Plan(4096, KvType.Q8_0, 0),
        Plan(2048, KvType.Q8_0, 0),
        None,
    ]


def test_on_a_gpu_fewer_layers_come_last_and_then_with_the_whole_context() -> None:
    taken = list(dict.fromkeys(first(16, 7.2 - step / 50) for step in range(90)))
    assert taken[:5] == [
        Plan(16384, KvType.F16, 29),
        Plan(8192, KvType.F16, 29),
        Plan(4096, KvType.F16, 29),
        Plan(4096, KvType.Q8_0, 29),
        Plan(2048, KvType.Q8_0, 29),
    ]
    assert all(plan is not None and plan[:2] == (16384, KvType.F16) for plan in taken[5:])
    counts = [plan.layers for plan in taken[5:] if plan is not None]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] < 29
    sentence = placement(16, 6).explain(Plan(16384, KvType.F16, 20), "CUDA0 (a card)")
    assert "20 of 29 layers on CUDA0 (a card)" in sentence
    assert "6.0 GiB of the GPU's memory" in sentence


def test_a_gpu_without_room_is_left_alone_and_two_are_used_together() -> None:
    assert first(16, 1.0) == Plan(16384, KvType.F16, 0)
    assert first(16, 5.0, 5.0) == Plan(16384, KvType.F16, 29)


def test_what_a_person_asked_for_is_kept_or_refused_with_the_figures() -> None:
    assert first(16, wish=Wish(n_ctx=65536)) == Plan(65536, KvType.F16, 0)
    assert first(7.5, wish=Wish(n_ctx=65536)) == Plan(65536, KvType.Q8_0, 0)
    assert first(16, wish=Wish(kv=KvType.Q4_0)) == Plan(16384, KvType.Q4_0, 0)
    assert first(16, 24, wish=Wish(layers=7)) == Plan(16384, KvType.F16, 7)
    assert first(16, wish=Wish(layers=7)) == Plan(16384, KvType.F16, 0)
    for ram, wish, words in (
        (7.5, Wish(n_ctx=131072), "131,072 tokens"),
        (7.5, Wish(n_ctx=1 << 39), "549,755,813,888 tokens"),
        (4, Wish(), "4.0 GiB are free"),
    ):
        refused = placement(ram, wish=wish)
        assert list(refused.plans()) == []
        assert isinstance(refused.refusal(), OutOfMemory)
        assert words in refused.refusal().message
        assert refused.refusal().hint


def test_each_next_plan_that_is_smaller_takes_less() -> None:
    tries = placement(16, 6.6)
    failed = next(tries.plans())
    later = [plan for plan in tries.plans() if tries.smaller(plan, failed)]
    assert failed not in later
    assert later[-1].layers == 0
    assert "ran out of memory" in tries.explain(later[0], "CPU", failed=True)


@given(st.floats(0, 40), st.lists(st.floats(0, 30), max_size=2), st.booleans())
def test_no_plan_takes_more_than_there_is(ram: float, gpus: list[float], unified: bool) -> None:
    place = placement(ram, *gpus, unified=unified and bool(gpus))
    for plan in place.plans():
        cells = kv_bytes(SHAPE, plan.n_ctx, plan.kv)
        everything = WEIGHTS.total + cells + BUFFERS + PROCESS
        assert everything <= place.memory + WEIGHTS.embedding + WEIGHTS.output
        if plan.layers:
            assert place.machine.gpu_room >= WEIGHTS.output
            assert all(gpu.free > 0 for gpu in place.machine.gpus if gpu.free > GPU_MARGIN)
        assert 0 <= plan.layers <= 29


def test_buffers_are_read_from_llama_cpps_log() -> None:
    log = [
        "sched_reserve:      CUDA0 compute buffer size =   302.50 MiB",
        "sched_reserve:  CUDA_Host compute buffer size =    10.25 MiB",
        "llama_context:        CPU  output buffer size =     0.25 MiB",
        "llama_kv_cache:     CUDA0 KV buffer size =   896.00 MiB",
    ]
    assert buffer_bytes(log) == (313 * (1 << 20))
