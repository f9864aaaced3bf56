"""STARTTLS at the mail doors: the handshake, what is forgotten with it, and certificates that change."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from balcao.intake.certificate import Certificate, CertificateUnusable
from tests.unit.intake.builders import a_mail
from tests.unit.intake.certificates import write_certificate
from tests.unit.intake.door import Place, an_open_place
from tests.unit.intake.talking import Client


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A door with a certificate."""
    shown, key = write_certificate(tmp_path)
    async with an_open_place(smtp_tls_certificate=str(shown), smtp_tls_key=str(key)) as one:
        yield one


def trusted(place: Place) -> str:
    """The certificate that clients of this place trust."""
    return place.door.settings.smtp_tls_certificate


async def test_a_mail_goes_over_tls_and_tls_is_not_offered_twice(place: Place) -> None:
    async with Client(place.port) as client:
        assert "STARTTLS" in client.offers
        assert (await client.say("STARTTLS")).startswith("220")
        connection = await client.start_tls(trusted(place))
        assert connection.version() in {"TLSv1.2", "TLSv1.3"}
        assert "STARTTLS" not in client.offers
        assert (await client.say("STARTTLS")).startswith("503")
        raw = a_mail("x" * 40_000 + "\r\n")
        assert (await client.mail(raw)).startswith("250")
        assert (await client.mail(a_mail("dois\r\n"))).startswith("250")

    assert place.box.texts == [raw, a_mail("dois\r\n")]


async def test_without_a_certificate_tls_is_neither_offered_nor_taken() -> None:
    async with an_open_place() as place, Client(place.port) as client:
        assert "STARTTLS" not in client.offers
        assert (await client.say("STARTTLS")).startswith("502")
        assert (await client.mail(a_mail())).startswith("250")


async def test_what_was_sent_ahead_in_the_clear_is_not_obeyed_after_the_handshake(place: Place) -> None:
    """Somebody on the way can put commands behind STARTTLS; they must not count as the client's (CVE-2011-0411)."""
    async with Client(place.port) as client:
        await client.send(b"STARTTLS\r\nMAIL FROM:<espiao@outra.test>\r\nRCPT TO:<suporte@agencia.test>\r\n")
        assert (await client.answer()).startswith("220")
        await client.start_tls(trusted(place))
        assert (await client.say("DATA")).startswith("503")
        assert (await client.mail(a_mail())).startswith("250")

    ((_, delivery),) = place.box.mails
    assert delivery.sender == "dora@cliente.test"


async def test_after_the_handshake_the_client_says_who_it_is_again(place: Place) -> None:
    async with Client(place.port) as client:
        await client.start_mail()
    async with Client(place.port) as client:
        await client.say("MAIL FROM:<antes@cliente.test>")
        await client.say("STARTTLS")
        await client.start_tls(trusted(place))
        assert (await client.say("RCPT TO:<suporte@agencia.test>")).startswith("503")


async def test_a_client_that_speaks_no_tls_after_all_is_dropped_and_others_are_served(place: Place) -> None:
    async with Client(place.port) as broken:
        await broken.say("STARTTLS")
        await broken.send(b"EHLO cliente.test\r\n" * 20)
        assert await broken.hung_up()
    async with Client(place.port) as client:
        assert (await client.mail(a_mail())).startswith("250")


async def test_a_new_certificate_is_shown_without_a_restart(place: Place) -> None:
    async with Client(place.port) as client:
        await client.say("STARTTLS")
        first = (await client.start_tls(trusted(place))).getpeercert(binary_form=True)
    write_certificate(Path(trusted(place)).parent)
    async with Client(place.port) as client:
        await client.say("STARTTLS")
        second = (await client.start_tls(trusted(place))).getpeercert(binary_form=True)

    assert first != second


async def test_a_broken_new_certificate_leaves_the_old_one_in_use(place: Place, tmp_path: Path) -> None:
    old = tmp_path / "old.crt"
    old.write_bytes(Path(trusted(place)).read_bytes())
    Path(trusted(place)).write_text("nada")
    async with Client(place.port) as client:
        await client.say("STARTTLS")
        await client.start_tls(str(old))
        assert (await client.mail(a_mail())).startswith("250")


def test_a_certificate_without_its_key_is_refused_in_words(tmp_path: Path) -> None:
    shown, _ = write_certificate(tmp_path, "um")
    _, other_key = write_certificate(tmp_path, "dois")
    with pytest.raises(CertificateUnusable, match=r"dois\.key"):
        Certificate(str(shown), str(other_key))
    with pytest.raises(CertificateUnusable, match=r"falta\.crt"):
        Certificate(str(tmp_path / "falta.crt"), "")


def test_old_protocols_are_not_spoken(tmp_path: Path) -> None:
    shown, key = write_certificate(tmp_path)
    assert Certificate(str(shown), str(key)).context().minimum_version == ssl.TLSVersion.TLSv1_2


async def test_tls_can_be_asked_of_everybody_but_servers_of_our_own(tmp_path: Path) -> None:
    shown, key = write_certificate(tmp_path)
    values: dict[str, Any] = {"smtp_tls_certificate": str(shown), "smtp_tls_key": str(key), "smtp_require_tls": True}
    async with an_open_place(**values, smtp_trusted="") as place, Client(place.port) as client:
        assert (await client.say("MAIL FROM:<dora@cliente.test>")).startswith("530 5.7.0")
        await client.say("STARTTLS")
        await client.start_tls(str(shown))
        assert (await client.mail(a_mail())).startswith("250")
    async with an_open_place(**values, smtp_trusted="127.0.0.1") as place, Client(place.port) as client:
        assert (await client.mail(a_mail())).startswith("250")


async def test_on_the_services_own_loop_it_is_the_same(tmp_path: Path) -> None:
    """The service runs on uvloop, whose TLS is its own."""
    shown, key = write_certificate(tmp_path)

    async def talk() -> list[bytes]:
        assert type(asyncio.get_running_loop()).__module__ == "uvloop"
        async with an_open_place(smtp_tls_certificate=str(shown), smtp_tls_key=str(key)) as place:
            async with Client(place.port) as broken:
                await broken.say("STARTTLS")
                await broken.send(b"EHLO cliente.test\r\n" * 20)
                assert await broken.hung_up()
            async with Client(place.port) as client:
                await client.send(b"STARTTLS\r\nMAIL FROM:<espiao@outra.test>\r\n")
                assert (await client.answer()).startswith("220")
                await client.start_tls(str(shown))
                assert (await client.mail(a_mail("x" * 40_000 + "\r\n"))).startswith("250")
                assert (await client.say("QUIT")).startswith("221")
            async with Client(place.port) as idle:
                await idle.say("STARTTLS")
                await idle.start_tls(str(shown))
                stopping = asyncio.create_task(place.door.stop())
                assert (await idle.answer()).startswith("421")
                await stopping
            return place.box.texts

    assert await asyncio.to_thread(uvloop.run, talk()) == [a_mail("x" * 40_000 + "\r\n")]
