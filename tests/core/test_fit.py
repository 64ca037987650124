import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.advice import CONTEXTS, first_model, recommend, table
from r1chat.core.catalog import catalog, choose
from r1chat.core.fit import (
    GPU_MARGIN,
    Device,
    KvType,
    Machine,
    Pace,
    Verdict,
    compute_bytes,
    fit,
    kv_bytes,
    largest_context,
    need,
    pace,
    shape_of,
    weights_by_quant,
    weights_of,
)
from r1chat.core.fit_words import place, place_sentence
from r1chat.core.gguf import read_header
from tests.gguf_files import header, metadata, tensors

GIB = 1 << 30
SHAPES = {model.id: model.shape for model in catalog().models}


def machine(ram: float, gpu: float = 0, *, unified: bool = False) -> Machine:
    gpus = (Device(name="GPU", free=int(gpu * GIB), total=int(gpu * GIB), read=1e12),) if gpu else ()
    return Machine(ram_free=int(ram * GIB), ram_read=40e9, gpus=gpus, unified=unified)


def verdict(name: str, n_ctx: int, where: Machine) -> Verdict:
    choice = choose(name)
    weights = weights_by_quant(choice.model.shape, choice.quant, choice.entry.size)
    return fit(choice.model.shape, weights, n_ctx, where).verdict


@pytest.mark.parametrize(
    ("model_id", "n_ctx", "kv_mib", "compute_mib"),
    [
        ("r1-qwen-1.5b", 2_048, 56, 66.51),
        ("r1-qwen-1.5b", 131_072, 3_584, 192.51),
        ("r1-qwen-7b", 32_768, 1_792, 171.01),
        ("r1-llama-8b", 8_192, 1_024, 124.01),
        ("r1-0528-qwen3-8b", 8_192, 1_152, 112.01),
        ("r1-qwen-14b", 32_768, 6_144, 153.01),
        ("r1-qwen-32b", 131_072, 32_768, 330.01),
        ("r1-llama-70b", 8_192, 2_560, 240.01),
    ],
)
def test_kv_and_buffers_are_those_of_llama_cpps_dry_run(
    model_id: str, n_ctx: int, kv_mib: float, compute_mib: float
) -> None:
    shape = SHAPES[model_id]
    logits = 4 * 8 * shape.n_vocab
    assert kv_bytes(shape, n_ctx) == kv_mib * (1 << 20)
    assert compute_bytes(shape, n_ctx) - logits == pytest.approx(compute_mib * (1 << 20), rel=0.001)


def test_a_context_is_rounded_up_and_a_smaller_type_takes_less() -> None:
    shape = SHAPES["r1-qwen-7b"]
    assert kv_bytes(shape, 1) == kv_bytes(shape, 256)
    assert kv_bytes(shape, 4096, KvType.Q8_0) == kv_bytes(shape, 4096) * 34 // 64
    assert kv_bytes(shape, 4096, KvType.Q4_0) == kv_bytes(shape, 4096) * 18 // 64


@pytest.mark.parametrize("quant", ["Q4_K_M", "Q6_K", "Q8_0"])
@pytest.mark.parametrize("model_id", SHAPES)
def test_weights_by_name_lie_where_the_tensors_of_a_file_do(model_id: str, quant: str) -> None:
    shape = SHAPES[model_id]
    small = shape.n_layer // 4
    data, size = header(metadata(shape, small), list(tensors(shape, small, quant)))
    read = read_header(data, size)
    assert shape_of(read).n_vocab == shape.n_vocab
    exact = weights_of(read)
    named = weights_by_quant(choose(model_id).model.shape, quant, choose(f"{model_id}:{quant}").entry.size)
    assert exact.total == pytest.approx(size - len(data), rel=1e-6)
    assert named.embedding == pytest.approx(exact.embedding, rel=0.001)
    assert named.output == pytest.approx(exact.output, rel=0.001)
    assert named.layers[0] == pytest.approx(sum(exact.layers) / small, rel=0.06)


def test_a_large_gpu_takes_it_all_a_small_one_a_part_and_none_leaves_it_to_the_cpu() -> None:
    assert verdict("r1-qwen-7b", 16_384, machine(16, 24)) is Verdict.GPU
    assert verdict("r1-qwen-7b", 16_384, machine(16, 5)) is Verdict.SPLIT
    assert verdict("r1-qwen-7b", 16_384, machine(16)) is Verdict.CPU
    assert verdict("r1-qwen-7b", 16_384, machine(4)) is Verdict.NO
    assert verdict("r1-llama-70b", 4_096, machine(16, 24)) is Verdict.NO


def test_a_mac_counts_its_memory_once() -> None:
    assert verdict("r1-qwen-7b", 16_384, machine(12, 10, unified=True)) is Verdict.GPU
    assert verdict("r1-qwen-32b", 16_384, machine(12, 10, unified=True)) is Verdict.NO


def test_what_lacks_is_said_in_bytes() -> None:
    choice = choose("r1-qwen-7b")
    weights = weights_by_quant(choice.model.shape, choice.quant, choice.entry.size)
    found = fit(choice.model.shape, weights, 4_096, machine(2))
    assert found.missing == need(choice.model.shape, weights, 4_096).total - 2 * GIB


@given(
    st.sampled_from([row.choice.name for row in table(catalog().models, machine(1))]),
    st.floats(0.1, 200),
    st.floats(0, 160),
    st.sampled_from(list(KvType)),
)
def test_the_largest_context_fits_and_one_more_does_not(
    name: str, ram: float, gpu: float, kv: KvType
) -> None:
    choice, where = choose(name), machine(ram, gpu)
    shape = choice.model.shape
    weights = weights_by_quant(shape, choice.quant, choice.entry.size)
    largest = largest_context(shape, weights, where, kv)
    assert 0 <= largest <= shape.n_ctx
    assert not largest or fit(shape, weights, largest, where, kv).verdict is not Verdict.NO
    assert largest == shape.n_ctx or fit(shape, weights, largest + 256, where, kv).verdict is Verdict.NO


@given(st.floats(0.1, 200), st.floats(0, 160), st.sampled_from(CONTEXTS))
def test_nothing_is_counted_twice_and_nothing_forgotten(ram: float, gpu: float, n_ctx: int) -> None:
    choice, where = choose("r1-qwen-14b"), machine(ram, gpu)
    weights = weights_by_quant(choice.model.shape, choice.quant, choice.entry.size)
    found = fit(choice.model.shape, weights, n_ctx, where)
    assert found.on_gpu + found.in_ram == found.need.total
    assert 0 <= found.gpu_layers <= found.n_layer + 1
    if found.on_gpu:
        assert found.on_gpu <= gpu * GIB - GPU_MARGIN


def test_the_recommended_model_is_the_best_that_fits_at_reading_speed() -> None:
    large = recommend(table(catalog().models, machine(64, 80))).row
    assert large is not None
    assert large.choice.model.id == "r1-0528-qwen3-8b"
    small = recommend(table(catalog().models, machine(3))).row
    assert small is not None
    assert small.choice.model.id == "r1-qwen-1.5b"
    assert recommend(table(catalog().models, machine(0.5))).row is None


def test_a_slow_machine_is_told_so() -> None:
    slow = Machine(ram_free=64 * GIB, ram_read=1e9)
    advice = recommend(table(catalog().models, slow))
    assert advice.row is not None
    assert advice.row.choice.name == "r1-qwen-1.5b:Q4_K_M"
    assert "slow" in advice.reason


def test_an_unknown_speed_is_no_speed() -> None:
    rows = table(catalog().models, Machine(ram_free=64 * GIB))
    assert all(found.tokens_per_s is None for row in rows for found in row.fits)
    assert recommend(rows).row is not None


def test_speeds_have_classes() -> None:
    assert [pace(speed) for speed in (50, 30, 12, 5, 1, 0.2)] == [
        Pace.FAST, Pace.FAST, Pace.FLUENT, Pace.READING, Pace.SLOW, Pace.CRAWLING,
    ]  # fmt: skip


def test_the_first_model_of_a_machine_is_told_with_its_size() -> None:
    choice = first_model(machine(64, 80)).choice
    assert choice is not None
    assert choice.model.id == "r1-0528-qwen3-8b"
    assert choice.entry.size == choice.model.quants[choice.quant].size
    assert first_model(machine(0.5)).choice is None


def test_where_a_model_runs_is_worded_once() -> None:
    rows = table(catalog().models, machine(16, 8))
    for found in (one for row in rows for one in row.fits):
        assert place(found)
        assert ("missing" in place_sentence(found)) is (place(found) == "no") is (found.verdict is Verdict.NO)


def test_of_one_model_a_quantisation_is_advised_and_other_models_are_not_spoken_of() -> None:
    one = [model for model in catalog().models if model.id == "r1-qwen-7b"]
    slow = Machine(ram_free=64 * GIB, ram_read=1e9)
    for found in (machine(64, 80), machine(6), slow):
        advice = recommend(table(one, found))
        assert advice.row is not None
        assert "smallest" not in advice.reason
        assert "catalog" not in advice.reason
    assert recommend(table(one, slow)).reason.endswith("It is slow here.")
    assert recommend(table(one, machine(0.5))).reason.startswith("It does not fit")
