"""The token goes to the Hub and to nobody else; links to the CDN come and go."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from r1chat.errors import UsageError
from r1chat.hub.items import size_of
from r1chat.hub.listing import describe
from r1chat.hub.part import part_path
from r1chat.hub.throttle import Throttle
from r1chat.hub.transfer import Transfer
from r1chat.hub.trouble import Temporary
from r1chat.hub.web import Web
from tests.hub.conftest import MODEL, NAME, REPO, SkippingClock, wanted
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import Drop, Refuse, Stall

MINE = "hf_secretofthistest"


@pytest.fixture
async def fetch(
    hub: FakeHub, target: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], "asyncio.Future[Path]"]:
    """Fetches the file with a token, from a Hub that sends it to a CDN."""
    monkeypatch.setenv("HF_TOKEN", MINE)
    hub.cdn, hub.token = True, MINE

    async def run() -> Path:
        web, clock = await Web.open(hub.endpoint), SkippingClock()
        try:
            return await Transfer(web, wanted(), target, clock=clock, throttle=Throttle(clock)).run()
        finally:
            await web.aclose()

    return lambda: asyncio.ensure_future(run())


def authorizations(hub: FakeHub, server: str) -> set[str]:
    return {one.headers.get("authorization", "") for one in hub.requests if one.server == server}


async def test_the_token_goes_to_the_hub_and_not_to_the_cdn(
    hub: FakeHub, target: Path, fetch: Callable[[], "asyncio.Future[Path]"]
) -> None:
    hub.repos[REPO] = Repo({NAME: MODEL}, private=True, gated="manual")
    await fetch()
    assert target.read_bytes() == MODEL
    assert authorizations(hub, "hub") == {f"Bearer {MINE}"}
    assert authorizations(hub, "cdn") == {""}


async def test_a_link_that_expires_between_two_drops_is_asked_for_anew(
    hub: FakeHub, target: Path, fetch: Callable[[], "asyncio.Future[Path]"]
) -> None:
    hub.link_uses = 1
    hub.faults.extend([Drop(100_000), Drop(100_000)])
    await fetch()
    assert target.read_bytes() == MODEL
    assert [one.first_byte for one in hub.gets()] == [0, 100_000, 200_000]


async def test_a_cdn_that_refuses_every_link_is_said_to(
    hub: FakeHub, target: Path, fetch: Callable[[], "asyncio.Future[Path]"]
) -> None:
    hub.link_uses = 0
    with pytest.raises(Temporary, match="expired"):
        await fetch()
    assert not target.exists()


async def test_no_log_and_no_error_holds_the_token(
    hub: FakeHub, caplog: pytest.LogCaptureFixture, fetch: Callable[[], "asyncio.Future[Path]"]
) -> None:
    caplog.set_level(logging.DEBUG)
    hub.head_faults.append(Refuse(404, {"X-Error-Code": "RepoNotFound"}))
    with pytest.raises(Exception, match="acme") as caught:
        await fetch()
    assert caplog.text
    assert MINE not in caplog.text + str(caught.value)


async def test_without_a_token_none_is_sent(
    hub: FakeHub, web: Web, transfer: Callable[..., Transfer]
) -> None:
    hub.cdn = True
    await transfer().run()
    assert not web.has_token
    assert authorizations(hub, "hub") | authorizations(hub, "cdn") == {""}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("HF_ENDPOINT", "localhost:8080", "no address of a server"),
        ("HF_ENDPOINT", "http://[half", "no address of a server"),
        ("HF_ENDPOINT", "http://host:port", "no address of a server"),
        ("HF_ENDPOINT", "http://two hosts", "no address of a server"),
        ("HF_ENDPOINT", "http://two\nlines", "no address of a server"),
        ("HF_ENDPOINT", "http://[v1.x]", "no address of a server"),
        ("HF_TOKEN", "hf_s\u00ebcret", "characters that no token has"),
        ("SSL_CERT_FILE", "/nowhere.pem", "certificates that are to be trusted"),
        ("ALL_PROXY", "strange://127.0.0.1:1", "The proxy that is set"),
        ("ALL_PROXY", "http://host:port", "The proxy that is set"),
    ],
)
def test_what_is_set_amiss_is_named(variable: str, value: str, words: str) -> None:
    script = "import asyncio, r1chat.hub.web as web\nasyncio.run(web.Web.open())"
    clean = {name: text for name, text in os.environ.items() if not name.upper().endswith("PROXY")}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        env={**clean, variable: value},
        capture_output=True,
        text=True,
    )
    (said,) = (line for line in ran.stderr.splitlines() if line.startswith("r1chat.errors.UsageError"))
    assert words in said
    assert "hf_s" not in ran.stderr


@pytest.mark.parametrize("value", ["", "  "])
async def test_an_endpoint_that_is_set_to_nothing_is_the_hub_s(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", value)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", value)
    opened = await Web.open()
    assert opened.endpoint == "https://huggingface.co"
    await opened.aclose()


async def test_blanks_around_the_endpoint_are_none_of_it(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f" {hub.endpoint}/ ")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f" {hub.endpoint}/ ")
    opened = await Web.open()
    assert (await describe(opened, REPO)).repo == REPO
    await opened.aclose()


async def test_a_password_in_the_endpoint_is_neither_shown_nor_kept(hub: FakeHub, target: Path) -> None:
    hub.faults.append(Stall(after=100_000))
    web, clock = await Web.open(hub.endpoint.replace("://", "://me:pass-word@")), SkippingClock()
    fetching = asyncio.create_task(
        Transfer(web, wanted(), target, clock=clock, throttle=Throttle(clock)).run()
    )
    await hub.stalled.wait()
    while not (size_of(part_path(target)) or fetching.done()):  # what was sent may still be on its way
        await asyncio.sleep(0)
    fetching.cancel()
    await asyncio.wait({fetching})
    await web.aclose()
    kept = [path.read_bytes() for path in target.parent.iterdir()]
    assert kept
    assert not any(b"pass-word" in data for data in kept)
    assert web.page_of(REPO) == f"{hub.endpoint}/{REPO}"
    with pytest.raises(UsageError) as caught:
        await Web.open("strange://me:pass-word@host")
    assert "pass-word" not in str(caught.value)
