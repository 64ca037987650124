"""What the Hub has: found, sorted into quantisations, and every refusal in its own words."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from r1chat.core.catalog import choose
from r1chat.errors import UsageError
from r1chat.hub import web as web_module
from r1chat.hub.listing import describe, search
from r1chat.hub.names import Asked, UnsafeName, local_path, parse, quant_of
from r1chat.hub.plan import plan_asked, plan_choice
from r1chat.hub.source import RemoteFile, locate
from r1chat.hub.trouble import BadAnswer, Forbidden, Gated, HubError, Missing, Offline, RateLimited, Temporary
from r1chat.hub.web import Web
from tests.hub.conftest import MODEL, NAME, REPO
from tests.hub.fake_hub import FakeHub, Repo, sha256
from tests.hub.faults import Refuse
from tests.hub.models import gguf

SPLIT = {f"R1-Q8_0/R1-Q8_0-0000{index}-of-00002.gguf": gguf(40_000, index) for index in (1, 2)}


async def test_a_repository_is_sorted_into_quantisations(hub: FakeHub, web: Web) -> None:
    hub.repos[REPO].files |= SPLIT | {
        "README.md": b"#",
        "mmproj-F16.gguf": b"GGUF",
        "R1-Q6_K.gguf.part1of2": b"x",
        "R1-Q5_K-00001-of-00003.gguf": b"x",
        "../../evil.gguf": b"x",
    }
    found = await describe(web, REPO)
    assert [(one.quant, one.size, len(one.files)) for one in found.variants] == [
        ("Q8_0", 80_000, 2),
        ("Q4_K_M", 300_000, 1),
    ]
    assert found.variants[1].files[0].sha256 == sha256(MODEL)
    assert sorted(found.unusable) == [
        "../../evil.gguf",
        "R1-Q5_K-00001-of-00003.gguf",
        "R1-Q6_K.gguf.part1of2",
    ]
    assert (found.license, found.commit) == ("mit", hub.repos[REPO].commit)


async def test_of_several_files_of_one_kind_each_is_asked_for_by_its_own_name(hub: FakeHub, web: Web) -> None:
    hub.repos[REPO].files |= {"small-Q4_K_M.gguf": gguf(40_000), "R1-Q8_0.gguf": gguf(60_000)}
    found = await describe(web, REPO)
    asked = [found.named(variant) for variant in found.variants]
    assert asked == [f"{REPO}/small-Q4_K_M.gguf", f"{REPO}:Q8_0", f"{REPO}/{NAME}"]
    for text, variant in zip(asked, found.variants, strict=True):
        item = await plan_asked(web, parse(text))
        assert (item.name, item.files) == (text, variant.files)


async def test_names_that_claim_very_many_parts_cost_no_time(hub: FakeHub, web: Web) -> None:
    hub.repos[REPO] = Repo({f"m-{index}-00001-of-99999.gguf": b"x" for index in range(3000)})
    began = time.process_time()
    found = await describe(web, REPO)
    assert len(found.unusable) == 3000
    assert time.process_time() - began < 3  # counting up to what each name claims took over four


async def test_sizes_come_from_the_tree_where_the_model_s_page_does_not_tell_them(
    hub: FakeHub, web: Web
) -> None:
    hub.blobs = False
    found = await describe(web, REPO)
    assert found.variants[0].size == len(MODEL)
    assert found.variants[0].files[0].sha256 == sha256(MODEL)


async def test_a_search_finds_what_is_fetched_most_first_with_sizes(hub: FakeHub, web: Web) -> None:
    hub.repos |= {
        f"acme/DeepSeek-R1-{index}": Repo({NAME: MODEL}, downloads=index, gated=index == 2)
        for index in range(5)
    }
    found = await search(web, "deepseek-r1", 3)
    assert [one.repo[-1] for one in found] == ["4", "3", "2"]
    assert all(one.variants[0].size == len(MODEL) for one in found)
    assert [one.gated for one in found] == [False, False, True]


async def test_a_repository_that_fails_does_not_spoil_the_search(hub: FakeHub, web: Web) -> None:
    hub.repos["acme/R1-other"] = Repo({NAME: MODEL})
    hub.api_faults.extend([None, Refuse(500)])
    found = await search(web, "R1", 5)
    assert len(found) == 2
    assert sum(bool(one.problem) for one in found) == 1


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (Refuse(401, {"X-Error-Code": "GatedRepo"}), Gated, "gated"),
        (Refuse(401, {"X-Error-Code": "RepoNotFound"}), Missing, "private"),
        (Refuse(404, {"X-Error-Code": "RevisionNotFound"}), Missing, "revision"),
        (Refuse(403), Forbidden, "may not read"),
        (Refuse(403, {"X-Error-Code": "DisabledRepo"}), Missing, "disabled"),
        (Refuse(429, {"Retry-After": "12"}), RateLimited, "12 s"),
        (Refuse(503), Temporary, "503"),
        (Refuse(418), BadAnswer, "418"),
    ],
    ids=str,
)
async def test_each_refusal_has_a_sentence_of_its_own(
    hub: FakeHub, web: Web, refusal: Refuse, kind: type[HubError], words: str
) -> None:
    hub.api_faults.append(refusal)
    with pytest.raises(kind, match=words) as caught:
        await describe(web, REPO)
    assert caught.value.hint


async def test_a_wrong_token_is_told_from_a_missing_model(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    web = await Web.open(hub.endpoint)
    message = {"X-Error-Message": "Invalid credentials in Authorization header"}
    hub.api_faults.append(Refuse(401, message))
    with pytest.raises(Forbidden, match="refuses your token"):
        await describe(web, REPO)
    with pytest.raises(Missing, match="your token may not see it"):
        await describe(web, "acme/nothing")
    await web.aclose()


async def test_a_renamed_repository_is_found_by_its_old_name(hub: FakeHub, web: Web) -> None:
    hub.renamed["old/R1"] = REPO
    assert (await describe(web, "old/R1")).repo == REPO
    old = RemoteFile(repo="old/R1", revision="main", name=NAME)
    assert (await locate(web, old)).checksum.hex == sha256(MODEL)


async def test_offline_is_said_at_once(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Offline, match="HF_HUB_OFFLINE"):
        await Web.open(hub.endpoint)
    assert hub.requests == []


async def test_a_server_that_is_not_there_is_said_to_be_out_of_reach() -> None:
    web = await Web.open("http://127.0.0.1:9")
    with pytest.raises(Temporary, match="cannot be reached"):
        await describe(web, REPO)
    await web.aclose()


@pytest.mark.parametrize("body", [b"<html>log in</html>", b'{"siblings": 3}', b"\xff\xfe", b""])
async def test_an_answer_that_is_none_is_one_sentence(body: bytes) -> None:
    async with _server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as address:
        web = await Web.open(address)
        with pytest.raises(BadAnswer, match="no Hub does"):
            await describe(web, REPO)
        await web.aclose()


async def test_a_mirror_without_a_search_is_said_to_have_none(hub: FakeHub, web: Web) -> None:
    hub.api_faults.append(Refuse(401))
    with pytest.raises(BadAnswer, match="offers no search"):
        await search(web, "r1", 3)


async def test_a_silent_server_does_not_hold_a_search_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_module, "ANSWER_S", 0.2)
    async with _server(b"") as address:
        web = await Web.open(address)
        with pytest.raises(Temporary, match="stopped answering"):
            await search(web, "r1", 3)
        await web.aclose()


async def test_redirects_in_circles_end() -> None:
    async with _server(b"HTTP/1.1 302 -\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n") as address:
        web = await Web.open(address)
        with pytest.raises(BadAnswer):
            await describe(web, REPO)
        await web.aclose()


async def test_the_catalog_s_name_finds_the_hub_s_files_of_today(hub: FakeHub, web: Web) -> None:
    choice = choose("r1-qwen-1.5b:Q5_K_M")
    hub.repos[choice.model.other_repos[0]] = Repo({"DeepSeek-R1-Distill-Qwen-1.5B-Q5_K_M.gguf": MODEL})
    item = await plan_choice(web, choice)
    assert item.name == "r1-qwen-1.5b:Q5_K_M"
    assert (item.files[0].repo, item.size) == (choice.model.other_repos[0], len(MODEL))


async def test_a_named_repository_gives_the_usual_quantisation_or_says_which_there_are(
    hub: FakeHub, web: Web
) -> None:
    hub.repos[REPO].files |= SPLIT
    assert (await plan_asked(web, Asked(REPO))).quant == "Q4_K_M"
    assert len((await plan_asked(web, Asked(REPO, quant="Q8_0"))).files) == 2
    assert (await plan_asked(web, Asked(REPO, file=NAME))).files[0].name == NAME
    with pytest.raises(UsageError, match=r"Q8_0, Q4_K_M"):
        await plan_asked(web, Asked(REPO, quant="Q2_K"))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("acme/R1", Asked("acme/R1")),
        ("acme/R1:q4_k_m", Asked("acme/R1", quant="Q4_K_M")),
        ("acme/R1@v1.0:Q8_0", Asked("acme/R1", "v1.0", "Q8_0")),
        ("hf.co/acme/R1/a/b.gguf", Asked("acme/R1", file="a/b.gguf")),
        ("https://huggingface.co/acme/R1/blob/main/b.gguf", Asked("acme/R1", "main", file="b.gguf")),
        (
            "https://huggingface.co/acme/R1/resolve/main/b.gguf?download=true",
            Asked("acme/R1", "main", file="b.gguf"),
        ),
        ("https://huggingface.co/acme/R1/tree/main", Asked("acme/R1", "main")),
    ],
)
def test_names_that_people_give(text: str, asked: Asked) -> None:
    assert parse(text) == asked


@pytest.mark.parametrize("text", ["https://other.host/acme/R1", "ftp://[acme/R1", "file:///acme/R1"])
def test_an_address_elsewhere_is_not_looked_for_on_the_hub(text: str) -> None:
    with pytest.raises(UsageError, match="nowhere else"):
        parse(text, "mirror.example")


def test_an_address_on_the_mirror_that_is_asked_names_its_repository() -> None:
    assert parse("https://mirror.example/acme/R1", "mirror.example") == Asked("acme/R1")


@pytest.mark.parametrize(
    "text", ["r1", "../../etc", "a/b/../../c.gguf", "a/b/c.bin", "/a/b", "a//b", "a/b@-x", "a/.."]
)
def test_names_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


@pytest.mark.parametrize(
    "name",
    ["../x.gguf", "/etc/x.gguf", "a/../x.gguf", "a\\..\\x.gguf", ".x.gguf", "a//x.gguf", "x\0.gguf",
     "x\n.gguf", "C:x.gguf", "ü.gguf", "x" * 300, "a/b/c/d/e.gguf", "", "x\u202e.gguf"],
)  # fmt: skip
def test_a_hostile_name_is_never_a_path(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(UnsafeName):
        local_path(tmp_path_factory.getbasetemp(), REPO, name)


@pytest.mark.parametrize(
    ("name", "quant"),
    [
        ("DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf", "Q4_K_M"),
        ("DeepSeek-R1-Distill-Qwen-7B-UD-IQ2_XXS.gguf", "UD-IQ2_XXS"),
        ("a/b-Q8_0-00001-of-00002.gguf", "Q8_0"),
        ("model.q4_0.gguf", "Q4_0"),
        ("model-BF16.gguf", "BF16"),
        ("model-Q2_K_L.gguf", "Q2_K_L"),
        ("model.gguf", ""),
    ],
)
def test_a_quantisation_is_read_off_a_name(name: str, quant: str) -> None:
    assert quant_of(name) == quant


@asynccontextmanager
async def _server(answer: bytes) -> AsyncGenerator[str, None]:
    """Says `answer` to every request; nothing at all where it is empty."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
