"""The product's doors as its people use them: SMTP for requesters, the gateway's JSON API, and the caught mails."""

import asyncio
import email
import email.policy
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Self

import httpx

from balcao.local.demo.waiting import NotYet, Unmet, eventually
from balcao.local.stack import Stack

Json = dict[str, Any]

TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Received:
    """A mail as it lies in somebody's mailbox; `id` is the catcher's."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    def header(self, name: str) -> str:
        """A header on one line, empty when there is none."""
        return " ".join(str(self.message.get(name, "")).split())

    @property
    def words(self) -> str:
        """Everything in it that a person could read: subject and all text parts."""
        texts = [str(part.get_content()) for part in self.message.walk() if part.get_content_maintype() == "text"]
        return "\n".join([self.header("Subject"), *texts])

    @property
    def text(self) -> str:
        """The plain text."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""


class Session:
    """Somebody who is signed in at the gateway; used for requests one after another or side by side."""

    def __init__(self, http: httpx.AsyncClient, token: str, person: Json) -> None:
        """Made by `Doors.sign_in`."""
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.person = person

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request as this person, whatever the answer."""
        headers = {**self._headers, **options.pop("headers", {})}
        return await self._http.request(method, path, headers=headers, **options)

    async def get(self, path: str, **query: str | int) -> Json:
        """The JSON at `path`; raise `Unmet` for any answer but success."""
        return _json(await self.request("GET", path, params=query))

    async def post(self, path: str, body: Json | None = None) -> Json:
        """Give a command; raise `Unmet` for any answer but success."""
        return _json(await self.request("POST", path, json=body or {}))

    async def ticket(self, number: int) -> Json:
        """A ticket as the team sees it."""
        return await self.get(f"/api/v1/tickets/{number}")

    async def command(self, number: int, command: str, body: Json | None = None) -> Json:
        """A command on a ticket."""
        return await self.post(f"/api/v1/tickets/{number}/{command}", body)

    async def until_ticket(self, number: int, expected: str, holds: Callable[[Json], bool]) -> Json:
        """The ticket once `holds`; else `Unmet` with its stage and status."""

        async def look() -> Json:
            ticket = await self.ticket(number)
            if not holds(ticket):
                raise NotYet(f"ticket #{number} {ticket['status']} in {ticket['stage']}")
            return ticket

        return await eventually(f"ticket #{number} {expected}", look)

    async def until_stage(self, number: int, stage: str) -> Json:
        """The ticket once it is in this stage."""
        return await self.until_ticket(number, f"in {stage}", lambda ticket: bool(ticket["stage"] == stage))


class Doors:
    """Connections to one running stack (or to any other installation with the same doors)."""

    def __init__(self, gateway: str, catcher: str, smtp: tuple[str, int]) -> None:
        """Addresses without a slash at the end."""
        self.gateway = gateway
        self.catcher = catcher
        self.smtp = smtp
        self.http = httpx.AsyncClient(base_url=gateway, timeout=TIMEOUT_S)
        self._mailbox = httpx.AsyncClient(base_url=catcher, timeout=TIMEOUT_S)

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """The doors of the embedded stack."""
        return cls(stack.url("portal-api"), stack.url("catcher"), ("127.0.0.1", stack.ports["smtp"]))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self._mailbox.aclose()

    async def sign_in(self, company: str, address: str, password: str) -> Session:
        """A session; raise `Unmet` when the gateway refuses."""
        credentials = {"company": company, "address": address, "password": password}
        opened = _json(await self.http.post("/api/v1/sessions", json=credentials))
        return Session(self.http, opened["token"], opened["person"])

    async def hand_in(self, mail: EmailMessage, *, sender: str, to: str) -> None:
        """Hand a mail to the product over SMTP; returns at its 250. Raises `smtplib.SMTPException` otherwise."""
        # As bytes in SMTP's own form: what smtplib makes of a message object has its own ideas of line ends.
        raw = mail.as_bytes(policy=email.policy.SMTP)
        await asyncio.to_thread(self._hand_in, sender, to, raw)

    async def takes_mail_for(self, address: str) -> bool:
        """Whether the product would take a mail to this address now."""
        try:
            return await asyncio.to_thread(self._takes, address)
        except (OSError, smtplib.SMTPException):
            return False

    async def mails(self, *, since: datetime, to: str | None = None) -> list[Received]:
        """Mails sent after `since`, oldest first, at most 10,000."""
        found = await self._mails(since, to)
        return [await self._open(one) for one in found]

    async def mails_about(self, number: int, *, since: datetime) -> list[list[str]]:
        """The recipients of each mail about a ticket, by the number in its subject."""
        found = await self._mails(since)
        return [one["recipients"] for one in found if f"[#{number}]" in one["subject"]]

    async def until_mail(
        self, to: str, expected: str, fits: Callable[[Received], bool], *, since: datetime
    ) -> Received:
        """The first mail to `to` after `since` that `fits`; else `Unmet` with the subjects that came."""
        opened: dict[int, Received] = {}

        async def look() -> Received:
            for one in await self._mails(since, to):
                mail = opened.get(one["id"]) or await self._open(one)
                opened[mail.id] = mail
                if fits(mail):
                    return mail
            raise NotYet(", ".join(repr(mail.header("Subject")) for mail in opened.values()) or "no mail at all")

        return await eventually(f"{expected} to {to}", look)

    async def _mails(self, since: datetime, to: str | None = None) -> list[Json]:
        query = {"since": since.isoformat(), "limit": "10000", **({"to": to} if to else {})}
        answer = await self._mailbox.get("/mails", params=query)
        found: list[Json] = answer.raise_for_status().json()
        return found

    async def _open(self, one: Json) -> Received:
        raw = (await self._mailbox.get(f"/mails/{one['id']}")).raise_for_status().content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        return Received(one["id"], one["sender"], tuple(one["recipients"]), message)

    def _hand_in(self, sender: str, to: str, raw: bytes) -> None:
        with smtplib.SMTP(*self.smtp, timeout=TIMEOUT_S) as server:
            server.sendmail(sender, [to], raw)

    def _takes(self, address: str) -> bool:
        with smtplib.SMTP(*self.smtp, timeout=TIMEOUT_S) as server:
            server.ehlo()
            server.mail("probe@example.test")
            return server.rcpt(address)[0] == 250


def _json(answer: httpx.Response) -> Json:
    if answer.is_success:
        found: Json = answer.json() if answer.content else {}
        return found
    request = answer.request
    raise Unmet(
        f"{request.method} {request.url.path} to succeed", f"{answer.status_code} {answer.text[:300] or '(no text)'}"
    )
