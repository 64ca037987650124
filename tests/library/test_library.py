import errno
import json
import os
from pathlib import Path

import msgspec
import pytest

from r1chat.core.catalog import catalog
from r1chat.errors import UsageError
from r1chat.hub.care import remove_model
from r1chat.hub.discovery import Origin
from r1chat.hub.library import LocalModel, find, installed, resolve
from r1chat.modelfile import ModelFileError, check_file, peek
from r1chat.paths import Paths, tiny_model
from tests.gguf_files import write_model

SMALL = catalog().models[0].shape
FEW_WORDS = msgspec.structs.replace(SMALL, n_vocab=300)
TINY = tiny_model().read_bytes()
SHA = "ab" * 32


def put(path: Path, data: bytes = TINY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def others(paths: Paths) -> list[LocalModel]:
    return list(installed(paths)[1:])


def only(paths: Paths) -> LocalModel:
    (model,) = others(paths)
    return model


def test_the_embedded_model_is_always_there_and_first(paths: Paths) -> None:
    (tiny,) = installed(paths)
    assert (tiny.name, tiny.embedded, tiny.origin) == ("tiny", True, Origin.EMBEDDED)
    assert resolve("tiny", paths) == str(tiny_model())


def test_a_file_of_the_hugging_face_cache_is_found_once_with_its_checksum(paths: Paths, home: Path) -> None:
    repo = home / ".cache/huggingface/hub/models--acme--R1-GGUF"
    blob = put(repo / f"blobs/{SHA}")
    for commit in ("aaa", "bbb"):
        (repo / f"snapshots/{commit}").mkdir(parents=True)
        (repo / f"snapshots/{commit}/own.gguf").symlink_to(f"../../blobs/{SHA}")
    model = only(paths)
    assert (model.name, model.origin, model.sha256) == ("own", Origin.HUGGING_FACE, SHA)
    assert model.size == blob.stat().st_size


def test_the_checksum_in_the_hugging_face_cache_is_the_first_link_s_name(paths: Paths, home: Path) -> None:
    cache, store = home / ".cache/huggingface/hub", "cd" * 32
    put(cache / f"blobs/cd/{store}")
    repo = cache / "models--acme--R1-GGUF"
    for folder in ("blobs", "snapshots/aaa"):
        (repo / folder).mkdir(parents=True)
    (repo / f"blobs/{SHA}").symlink_to(f"../../blobs/cd/{store}")
    (repo / "snapshots/aaa/own.gguf").symlink_to(f"../../blobs/{SHA}")
    assert only(paths).sha256 == SHA


def test_links_in_circles_and_pipes_hide_no_model(paths: Paths, home: Path) -> None:
    snapshot = home / ".cache/huggingface/hub/models--acme--R1-GGUF/snapshots/aaa"
    put(snapshot / "own.gguf")
    (snapshot / "circle.gguf").symlink_to("circle.gguf")
    paths.models.mkdir(parents=True)
    os.mkfifo(paths.models / "pipe.gguf")
    assert only(paths).name == "own"


def test_a_folder_that_may_be_listed_and_not_entered_hides_no_other(
    paths: Paths, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home / ".lmstudio/models/a/shut-00001-of-00002.gguf")
    put(paths.models / "own.gguf")
    look = os.stat

    def refuse(path: str, *, follow_symlinks: bool = True) -> os.stat_result:
        if "shut" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return look(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "stat", refuse)
    assert only(paths).name == "own"


def test_a_name_of_other_bytes_than_text_is_listed_and_not_used(paths: Paths) -> None:
    put(Path(f"{paths.models}/odd\udcff.gguf"))
    assert only(paths).problem == "Its path is no text in UTF-8, and so has no name: rename it."


@pytest.mark.parametrize("pointer", ["", "models", "/nul\0"])
def test_a_pointer_to_no_folder_is_not_followed(
    paths: Paths, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pointer: str
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "models/chance.gguf")
    put(home / ".lmstudio-home-pointer", pointer.encode())
    assert others(paths) == []


def test_a_home_of_nobody_in_the_environment_is_a_folder_that_is_not_there(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "~nobody-of-that-name/hub")
    monkeypatch.setenv("OLLAMA_MODELS", "~nobody-of-that-name/models")
    assert others(paths) == []


def test_the_cache_is_where_the_environment_says(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "elsewhere/hub/models--a--b/snapshots/c/one.gguf")
    put(tmp_path / "flat/two.gguf")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("LLAMA_CACHE", str(tmp_path / "flat"))
    assert {(model.name, model.origin) for model in others(paths)} == {
        ("one", Origin.HUGGING_FACE), ("two", Origin.LLAMA_CPP),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "name", "origin"),
    [
        (".lmstudio/models/acme/R1-GGUF/own.gguf", "own", Origin.LM_STUDIO),
        (".cache/lm-studio/models/acme/R1-GGUF/own.gguf", "own", Origin.LM_STUDIO),
        (".local/share/Jan/data/llamacpp/models/deepseek-r1/model.gguf", "deepseek-r1", Origin.JAN),
        ("jan/models/deepseek-r1/own.gguf", "own", Origin.JAN),
        (".local/share/nomic.ai/GPT4All/own.gguf", "own", Origin.GPT4ALL),
        (".cache/llama.cpp/own.gguf", "own", Origin.LLAMA_CPP),
    ],
)
def test_files_of_other_programs_are_used_in_place(
    paths: Paths, home: Path, place: str, name: str, origin: Origin
) -> None:
    file = put(home / place)
    model = only(paths)
    assert (model.name, model.origin, model.path) == (name, origin, str(file))
    assert resolve(name, paths) == str(file)


def test_lm_studios_folder_may_lie_elsewhere(paths: Paths, home: Path, tmp_path: Path) -> None:
    put(tmp_path / "moved/models/acme/r/own.gguf")
    (home / ".lmstudio-home-pointer").write_text(f"{tmp_path / 'moved'}\n")
    assert only(paths).origin is Origin.LM_STUDIO


def test_ollamas_blobs_are_found_by_their_manifests(paths: Paths, home: Path) -> None:
    root = home / ".ollama/models"
    put(root / f"blobs/sha256-{SHA}")
    put(root / "blobs/sha256-" / "partial")
    layers = [
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{SHA}"},
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "cd" * 32},
    ]
    manifest = json.dumps({"schemaVersion": 2, "layers": layers}).encode()
    put(root / "manifests/registry.ollama.ai/library/deepseek-r1/7b", manifest)
    put(root / "manifests/registry.ollama.ai/library/broken/latest", b"{")
    put(
        root / "manifests/registry.ollama.ai/library/hostile/latest",
        manifest.replace(SHA.encode(), b"../../x"),
    )
    model = only(paths)
    assert (model.name, model.origin, model.sha256) == ("deepseek-r1:7b", Origin.OLLAMA, SHA)
    assert check_file(Path(model.path)).size == len(TINY)


def test_what_is_not_finished_or_no_model_of_text_is_left_out(paths: Paths, home: Path) -> None:
    for name in ("incomplete-a.gguf", "a.gguf.part", "mmproj-a.gguf", ".hidden.gguf"):
        put(home / ".lmstudio/models/x/y" / name)
    (home / ".lmstudio/models/x/y/gone.gguf").symlink_to("nowhere")
    (home / ".lmstudio/models/x/y/loop.gguf").symlink_to("loop.gguf")
    assert others(paths) == []


def test_a_file_that_two_programs_share_counts_once_and_is_our_own(paths: Paths, home: Path) -> None:
    file = put(home / ".lmstudio/models/a/b/own.gguf")
    paths.models.mkdir(parents=True)
    os.link(file, paths.models / "own.gguf")
    assert only(paths).origin is Origin.OWN


def test_two_files_of_one_name_get_two_names(paths: Paths) -> None:
    put(paths.models / "a/own.gguf")
    put(paths.models / "b/own.gguf")
    assert [model.name for model in others(paths)] == ["own", "own#2"]
    assert resolve("own#2", paths).endswith("b/own.gguf")


def test_a_published_file_has_its_catalog_name(paths: Paths) -> None:
    put(paths.models / "x/DeepSeek-R1-Distill-Qwen-7B-Q5_K_M.gguf")
    assert only(paths).name == "r1-qwen-7b:Q5_K_M"
    assert resolve("r1-qwen-7b", paths) == only(paths).path
    with pytest.raises(UsageError, match="not on this machine"):
        resolve("r1-qwen-7b:Q4_K_M", paths)


def test_a_renamed_file_is_known_by_its_header_and_qwens_own_is_not(paths: Paths) -> None:
    model = catalog().models[0]
    name = {"general.name": "DeepSeek R1 Distill Qwen 1.5B"}
    write_model(paths.models / "blob", SMALL, **name)
    (paths.models / "blob").rename(paths.models / "renamed.gguf")
    write_model(paths.models / "qwen.gguf", SMALL, **{"general.name": "Qwen2.5 Math 1.5B"})
    assert [found.name for found in others(paths)] == ["qwen", f"{model.id}:Q4_K_M"]


def test_a_split_set_is_one_model_and_a_gap_in_it_is_told(paths: Paths) -> None:
    for index in (1, 2, 3):
        put(paths.models / f"big-0000{index}-of-00003.gguf")
    model = only(paths)
    assert (model.name, len(model.files), model.size, model.problem) == ("big", 3, 3 * len(TINY), "")
    (paths.models / "big-00002-of-00003.gguf").unlink()
    assert "1 of 3 parts" in only(paths).problem


def test_a_file_that_is_no_model_is_listed_with_the_reason(paths: Paths) -> None:
    put(paths.models / "page.gguf", b"<!DOCTYPE html>")
    assert "web page" in only(paths).problem


@pytest.mark.parametrize("name", ["nothing", "r1-qwen-9b", "own\n", "\x1b[2J"])
def test_a_name_that_means_nothing_is_said_so(paths: Paths, name: str) -> None:
    with pytest.raises(UsageError):
        resolve(name, paths)


def test_a_near_miss_gets_a_hint(paths: Paths) -> None:
    put(paths.models / "mymodel.gguf")
    with pytest.raises(UsageError, match="Did you mean 'mymodel'"):
        find("mymodle", paths)


def test_a_path_is_a_path_whatever_the_library_holds(paths: Paths) -> None:
    assert resolve("./x.gguf", paths) == "./x.gguf"
    assert resolve("~/x", paths) == str(Path.home() / "x")


def test_the_header_of_a_file_of_40_gb_is_read_whole(tmp_path: Path) -> None:
    shape = catalog().models[-1].shape
    size = write_model(tmp_path / "70b.gguf", shape)
    assert size > 42e9
    model = check_file(tmp_path / "70b.gguf")
    assert model.size == size
    assert len(model.header.tensors) > 700
    assert peek(tmp_path / "70b.gguf").shape("block_count") == 80


def parts(folder: Path, count: int, numbers: list[int], claimed: int | None = None) -> Path:
    for index, number in enumerate(numbers, start=1):
        more: dict[str, object] = {"split.no": number, "split.count": claimed or count}
        write_model(folder / f"m-{index:05d}-of-{count:05d}.gguf", FEW_WORDS, n_layer=1, **more)
    return folder / f"m-00001-of-{count:05d}.gguf"


def test_a_whole_split_set_is_checked_as_one(tmp_path: Path) -> None:
    model = check_file(parts(tmp_path, 3, [0, 1, 2]))
    assert len(model.files) == 3
    assert model.size == sum(path.stat().st_size for path in tmp_path.glob("*.gguf"))


@pytest.mark.parametrize(
    ("numbers", "claimed", "cause"),
    [
        ([0, 0, 0], None, "same part twice"),
        ([0, 2, 1], None, "same part twice"),
        ([1, 1, 2], None, "not the first"),
        ([0, 1], None, "no model file"),
        ([0, 1, 2], 2, "not the first"),
        ([0, 1, 2], 5_000_000, "not the first"),
    ],
)
def test_a_split_set_that_is_none_is_refused(
    tmp_path: Path, numbers: list[int], claimed: int | None, cause: str
) -> None:
    with pytest.raises(ModelFileError, match=cause):
        check_file(parts(tmp_path, 3, numbers, claimed))


def test_a_split_set_whose_parts_are_one_file_is_refused(tmp_path: Path) -> None:
    first = parts(tmp_path, 2, [0])
    first.with_name("m-00002-of-00002.gguf").symlink_to(first.name)
    with pytest.raises(ModelFileError, match="same part twice"):
        check_file(first)


def test_a_part_of_a_set_of_no_parts_is_a_file_like_others(paths: Paths) -> None:
    put(paths.models / "acme/own-00001-of-00000.gguf")
    assert only(paths).name == "own-00001-of-00000"


def test_a_link_that_leads_nowhere_is_told_and_can_be_removed(paths: Paths, tmp_path: Path) -> None:
    folder = paths.models / "imported"
    folder.mkdir(parents=True)
    for name in ("one.gguf", "two-00001-of-00002.gguf", "two-00002-of-00002.gguf"):
        (folder / name).symlink_to(tmp_path / "gone" / name)
    assert [(model.name, model.problem) for model in others(paths)] == [
        ("one", "The file that it links to is gone."), ("two", "The file that it links to is gone."),
    ]  # fmt: skip
    for name in ("one", "two"):
        assert remove_model(find(name, paths)).freed == 0
    assert others(paths) == []


@pytest.mark.parametrize("name", ["acme/R1:Q8_0", "acme/R1", "acme/R1/own.Q8_0.gguf", "hf.co/acme/R1:q8_0"])
def test_a_fetched_repository_answers_to_the_name_it_was_fetched_by(paths: Paths, name: str) -> None:
    file = put(paths.models / "acme__R1/own.Q8_0.gguf")
    put(paths.models / "acme__R2/own.Q8_0.gguf", TINY[:-1] + b"x")
    assert resolve(name, paths) == find(name, paths).path == str(file)
    with pytest.raises(UsageError, match="on this machine"):
        resolve("acme/R1:Q2_K", paths)
