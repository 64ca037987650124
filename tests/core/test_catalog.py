import pytest

from r1chat.core.catalog import Quant, catalog, choice_of_file, choose, looks_like_id
from r1chat.errors import UsageError
from tests.gguf_files import nbytes, tensors

MODELS = {model.id: model for model in catalog().models}


def test_the_catalog_has_every_distill_of_r1() -> None:
    assert set(MODELS) == {
        "r1-qwen-1.5b", "r1-qwen-7b", "r1-llama-8b", "r1-0528-qwen3-8b", "r1-qwen-14b", "r1-qwen-32b",
        "r1-llama-70b",
    }  # fmt: skip


@pytest.mark.parametrize("model_id", MODELS)
def test_every_size_is_the_tensors_bytes_and_one_header_of_the_repository(model_id: str) -> None:
    model = MODELS[model_id]
    headers = {
        model.quants[quant].size
        - sum(nbytes(shape, kind) for _, shape, kind in tensors(model.shape, model.shape.n_layer, quant))
        for quant in ("Q4_K_M", "Q6_K", "Q8_0")
    }
    assert len(headers) == 1
    assert 5_900_000 < headers.pop() < 7_900_000


@pytest.mark.parametrize("model_id", MODELS)
def test_drafts_rules_and_checksums_name_what_there_is(model_id: str) -> None:
    model = MODELS[model_id]
    assert catalog().rules_of(model).temperature == 0.6
    assert model.draft is None or MODELS[model.draft].shape.arch == model.shape.arch
    assert all(len(quant.sha256) == 64 for quant in model.quants.values() if quant.sha256)


def test_a_name_means_a_model_and_the_usual_quantisation() -> None:
    assert choose("r1-qwen-7b").name == "r1-qwen-7b:Q4_K_M"
    assert choose("r1-qwen-7b:q5_k_m").quant == "Q5_K_M"
    assert choose("r1-qwen-7b").files == ("DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf",)
    assert (
        choose("r1-llama-70b:Q6_K")
        .files[1]
        .endswith("Q6_K/DeepSeek-R1-Distill-Llama-70B-Q6_K-00002-of-00002.gguf")
    )


@pytest.mark.parametrize("name", ["r1-qwen-3b", "r1-qwen-7b:Q1_0", "r1-", ":", "r1-qwen-7b:"])
def test_a_name_that_means_nothing_is_said_so_or_is_the_usual(name: str) -> None:
    if name == "r1-qwen-7b:":
        assert choose(name).quant == "Q4_K_M"
        return
    with pytest.raises(UsageError):
        choose(name)


def test_a_published_file_is_known_by_its_name() -> None:
    found = choice_of_file("folder/deepseek-ai_DeepSeek-R1-0528-Qwen3-8B-Q4_K_M.gguf")
    assert found is not None
    assert found.name == "r1-0528-qwen3-8b:Q4_K_M"
    assert choice_of_file("Qwen2.5-7B-Q4_K_M.gguf") is None
    assert looks_like_id("r1-qwen-7b:Q4_K_M")
    assert not looks_like_id("own.gguf")


def test_what_the_hub_says_outranks_the_catalog() -> None:
    seen = {"Q4_K_M": Quant(size=5, verified=True, files=("new.gguf",)), "Q2_K": Quant(size=3)}
    model = MODELS["r1-qwen-7b"].corrected(seen, "0" * 40)
    assert model.quants["Q4_K_M"].size == 5
    assert model.files("Q4_K_M") == ("new.gguf",)
    assert model.quants["Q8_0"] == MODELS["r1-qwen-7b"].quants["Q8_0"]
    assert model.revision == "0" * 40
