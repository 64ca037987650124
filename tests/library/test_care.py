import hashlib
import os
from pathlib import Path

import pytest

from r1chat.errors import UsageError
from r1chat.hub.care import How, ImportFailed, import_model, remove_model, verify_model
from r1chat.hub.library import LocalModel, find, installed
from r1chat.hub.record import Record, read_record, write_record
from r1chat.modelfile import ModelFileError
from r1chat.paths import Paths, tiny_model

TINY = tiny_model().read_bytes()
SUM = hashlib.sha256(TINY).hexdigest()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside/own.gguf"
    path.parent.mkdir()
    path.write_bytes(TINY)
    return path


def own(paths: Paths) -> LocalModel:
    return find("own", paths)


@pytest.mark.parametrize("how", list(How))
def test_a_file_is_brought_in_and_can_be_named(paths: Paths, outside: Path, how: How) -> None:
    told: list[tuple[int, int]] = []
    (target,) = import_model(outside, how, paths, lambda done, total: told.append((done, total)))
    assert own(paths).path == str(target)
    assert target.read_bytes() == TINY
    assert outside.exists() == (how is not How.MOVE)
    assert target.is_symlink() == (how is How.LINK)
    assert (os.stat(target).st_nlink == 2) == (how is How.HARDLINK)
    if how is How.COPY:
        assert told[-1] == (len(TINY), len(TINY))
    assert [path.name for path in target.parent.iterdir()] == ["own.gguf"]


@pytest.mark.parametrize("how", list(How))
def test_removing_what_was_brought_in_says_what_it_frees(paths: Paths, outside: Path, how: How) -> None:
    import_model(outside, how, paths)
    removed = remove_model(own(paths))
    assert removed.freed == (0 if how in {How.LINK, How.HARDLINK} else len(TINY))
    assert outside.exists() == (how is not How.MOVE)
    assert len(installed(paths)) == 1


def test_what_is_no_model_is_not_brought_in(paths: Paths, tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<html>")
    with pytest.raises(ModelFileError, match="web page"):
        import_model(page, How.MOVE, paths)
    assert page.exists()


def test_a_home_of_nobody_is_a_file_that_is_not_there(paths: Paths) -> None:
    with pytest.raises(ModelFileError, match="There is no model file"):
        import_model(Path("~nobody-of-that-name/model.gguf"), How.LINK, paths)


def test_nothing_is_overwritten(paths: Paths, outside: Path) -> None:
    import_model(outside, How.LINK, paths)
    with pytest.raises(ImportFailed, match="already"):
        import_model(outside, How.COPY, paths)
    with pytest.raises(ImportFailed, match="already"):
        import_model(Path(own(paths).path), How.COPY, paths)


def test_a_link_into_another_programs_files_is_not_moved(paths: Paths, outside: Path) -> None:
    link = outside.with_name("link.gguf")
    link.symlink_to(outside)
    with pytest.raises(ImportFailed, match="link"):
        import_model(link, How.MOVE, paths)
    assert link.is_symlink()


def test_a_copy_that_fails_leaves_nothing(paths: Paths, outside: Path) -> None:
    (paths.models / "imported").mkdir(parents=True)
    (paths.models / "imported/own.gguf.copying").mkdir()
    with pytest.raises((ImportFailed, OSError)):
        import_model(outside, How.COPY, paths)
    assert outside.read_bytes() == TINY
    assert not (paths.models / "imported/own.gguf").exists()


def test_a_model_larger_than_the_disk_is_not_copied(paths: Paths, tmp_path: Path) -> None:
    path = tmp_path / "huge.gguf"
    path.write_bytes(TINY)
    os.truncate(path, 1 << 43)
    with pytest.raises(ImportFailed, match="GB free"):
        import_model(path, How.COPY, paths)


def test_a_recorded_checksum_is_the_authority(paths: Paths, outside: Path) -> None:
    (target,) = import_model(outside, How.COPY, paths)
    write_record(target, Record(repo="a/b", file="own.gguf", sha256=SUM, size=len(TINY)))
    good = verify_model(own(paths))
    assert (good.known, good.matches, good.sha256) == (True, True, (SUM,))
    damaged = bytearray(TINY)
    damaged[-1] ^= 1
    target.write_bytes(damaged)
    bad = verify_model(own(paths))
    assert (bad.known, bad.matches) == (True, False)
    assert "changed" in bad.note
    remove_model(own(paths))
    assert not target.with_name("own.gguf.json").exists()


def test_without_a_checksum_only_the_structure_is_vouched_for(paths: Paths, outside: Path) -> None:
    import_model(outside, How.LINK, paths)
    result = verify_model(own(paths))
    assert (result.known, result.matches) == (False, True)
    assert "structure" in result.note


def test_the_catalogs_checksum_only_warns(paths: Paths) -> None:
    path = paths.models / "DeepSeek-R1-Distill-Qwen-1.5B-Q5_K_M.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(TINY)
    result = verify_model(find("r1-qwen-1.5b:Q5_K_M", paths))
    assert (result.known, result.matches) == (True, True)
    assert "replaced" in result.note


def test_a_truncated_model_is_named_before_it_is_hashed(paths: Paths) -> None:
    path = paths.models / "cut.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(TINY[:-100_000])
    with pytest.raises(ModelFileError, match="incomplete"):
        verify_model(find("cut", paths))


def test_other_programs_files_and_the_embedded_model_are_never_deleted(paths: Paths, home: Path) -> None:
    path = home / ".lmstudio/models/a/b/own.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(TINY)
    with pytest.raises(UsageError, match="LM Studio"):
        remove_model(own(paths))
    with pytest.raises(UsageError, match="embedded"):
        remove_model(find("tiny", paths))
    assert path.exists()


@pytest.mark.parametrize("text", [b"", b"{", b'{"size": 1}', b'{"size": "x"}'])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: bytes) -> None:
    model = tmp_path / "own.gguf"
    model.write_bytes(TINY)
    (tmp_path / "own.gguf.json").write_bytes(text)
    assert read_record(model) is None


@pytest.mark.parametrize("how", list(How))
def test_what_is_brought_in_can_be_found_whatever_it_was_called(
    paths: Paths, outside: Path, how: How
) -> None:
    blob = outside.rename(outside.with_name("sha256-abc"))
    (target,) = import_model(blob, how, paths)
    assert find("sha256-abc", paths).path == str(target)
    assert target.read_bytes() == TINY


def test_a_name_that_the_library_passes_over_is_refused(paths: Paths, outside: Path) -> None:
    hidden = outside.rename(outside.with_name("mmproj-own.gguf"))
    with pytest.raises(ImportFailed, match="taken for no model"):
        import_model(hidden, How.MOVE, paths)
    assert hidden.exists()
    assert not (paths.models / "imported").exists()
