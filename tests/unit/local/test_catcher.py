"""The mail catcher: what it keeps, finds and shows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from balcao.local.catcher.smtp import REFUSING
from balcao.local.catcher.store import INDEX_NAME, MailStore
from balcao.local.catcher.web import build_app


def mail(subject: str = "Olá", html: str | None = None) -> bytes:
    """A mail as it comes over SMTP."""
    message = EmailMessage()
    message["From"] = "desk@balcao.test"
    message["To"] = "ana@cliente.test"
    message["Subject"] = subject
    message["Message-ID"] = "<1@balcao.test>"
    message.set_content("Recebemos o seu pedido.")
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
async def store(tmp_path: Path) -> MailStore:
    """An empty store."""
    return MailStore(tmp_path)


@pytest.fixture
async def client(store: MailStore) -> AsyncIterator[httpx.AsyncClient]:
    """The catcher's HTTP side over `store`."""
    transport = httpx.ASGITransport(build_app(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://catcher.test") as client:
        yield client


async def test_a_mail_is_kept_as_it_came(store: MailStore) -> None:
    kept = await store.keep("desk@balcao.test", ["ana@cliente.test"], mail())
    assert store.raw(kept.id) == mail()
    assert (kept.subject, kept.message_id, kept.recipients) == ("Olá", "<1@balcao.test>", ["ana@cliente.test"])


async def test_yesterdays_mails_are_still_there(store: MailStore, tmp_path: Path) -> None:
    await store.keep("desk@balcao.test", ["ana@cliente.test"], mail("ontem"))
    store.close()
    again = MailStore(tmp_path)
    later = await again.keep("desk@balcao.test", ["ana@cliente.test"], mail("hoje"))
    assert [one.subject for one in again.find(to=None, since=None, limit=10)] == ["ontem", "hoje"]
    assert later.id == 2


async def test_an_index_line_cut_off_by_a_kill_costs_no_other_mail(store: MailStore, tmp_path: Path) -> None:
    await store.keep("desk@balcao.test", ["ana@cliente.test"], mail("ontem"))
    store.close()
    with (tmp_path / INDEX_NAME).open("a") as index:
        index.write('{"id": 2, "at"')
    again = MailStore(tmp_path)
    await again.keep("desk@balcao.test", ["ana@cliente.test"], mail("hoje"))
    again.close()
    assert [one.subject for one in MailStore(tmp_path).find(to=None, since=None, limit=10)] == ["ontem", "hoje"]


async def test_mails_are_found_by_recipient_whatever_the_case(store: MailStore) -> None:
    await store.keep("desk@balcao.test", ["Ana@Cliente.test"], mail("para Ana"))
    await store.keep("desk@balcao.test", ["rui@cliente.test"], mail("para Rui"))
    assert [one.subject for one in store.find(to="ana@cliente.test", since=None, limit=10)] == ["para Ana"]


async def test_only_later_mails_are_found_by_id_and_by_time(store: MailStore) -> None:
    first = await store.keep("desk@balcao.test", ["ana@cliente.test"], mail("um"))
    await store.keep("desk@balcao.test", ["ana@cliente.test"], mail("dois"))
    await store.keep("desk@balcao.test", ["ana@cliente.test"], mail("três"))
    later = ["dois", "três"]
    assert [one.subject for one in store.find(to=None, since=str(first.id), limit=10)] == later
    assert [one.subject for one in store.find(to=None, since=first.at, limit=10)] == later
    assert store.find(to=None, since=datetime.now(UTC).isoformat(), limit=10) == []


async def test_waiting_ends_with_the_first_matching_mail(store: MailStore) -> None:
    waiting = asyncio.create_task(store.wait(to="ana@cliente.test", since=None, limit=10, seconds=30))
    await asyncio.sleep(0)
    await store.keep("desk@balcao.test", ["rui@cliente.test"], mail("para Rui"))
    await store.keep("desk@balcao.test", ["ana@cliente.test"], mail("para Ana"))
    async with asyncio.timeout(5):
        assert [one.subject for one in await waiting] == ["para Ana"]


async def test_waiting_in_vain_ends_empty(store: MailStore) -> None:
    assert await store.wait(to="ana@cliente.test", since=None, limit=10, seconds=0.05) == []


@pytest.mark.parametrize("query", ["since=yesterday", "limit=all", "wait=long"])
async def test_a_bad_parameter_is_a_clear_error(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/mails?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("bad parameter")


async def test_a_mail_that_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    assert (await client.get("/mails/7")).status_code == 404
    assert (await client.get("/mails/7/page")).status_code == 404


async def test_nothing_in_a_mail_becomes_part_of_the_page(store: MailStore, client: httpx.AsyncClient) -> None:
    await store.keep("<x>", ["ana@cliente.test"], mail("<script>alert(1)</script>", html="<script>alert(2)</script>"))
    for path in ("/", "/mails/1/page"):
        answer = await client.get(path)
        assert "<script" not in answer.text
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_mail_in_an_unknown_charset_can_be_read(store: MailStore, client: httpx.AsyncClient) -> None:
    raw = b"Subject: =?x-unknown?q?ol=E1?=\r\nContent-Type: text/plain; charset=x-unknown\r\n\r\ntexto"
    await store.keep("desk@balcao.test", ["ana@cliente.test"], raw)
    assert "texto" in (await client.get("/mails/1/page")).text


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("smtp-550@refuse.test", "550"),
        ("SMTP-451@refuse.test", "451"),
        ("smtp-250@refuse.test", None),
        ("smtp-550@other.test", None),
        ("ana@refuse.test", None),
    ],
)
def test_only_addresses_made_for_it_are_refused(address: str, code: str | None) -> None:
    refused = REFUSING.fullmatch(address)
    assert (refused[1] if refused else None) == code
