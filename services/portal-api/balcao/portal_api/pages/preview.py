"""The look before sending: warnings, recipients, and the very mail as it will arrive (W7)."""

import base64
from dataclasses import dataclass, replace
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.passages import without
from balcao.portal_api.edge import LETTER_POLICY
from balcao.portal_api.pages.composing import Writing, from_form
from balcao.portal_api.pages.entries import Entry, Timeline
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Unavailable

_MESSAGES = ("ticket.requester_replied.v1", "ticket.replied.v1", "ticket.noted.v1", "ticket.auto_reply_attached.v1")
"""What somebody should have read before their own words go out."""


@dataclass(frozen=True)
class Found:
    """What sending now would do."""

    recipients: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    undo_seconds: int
    mails: list[dict[str, Any]]
    unreachable: list[dict[str, Any]]
    is_known: bool = True
    """Whether `notifier` could say what the mails will be."""

    def mail_to(self, address: object) -> dict[str, Any]:
        """The mail to this address, else the first one. There must be one."""
        return next((one for one in self.mails if one["recipient"].get("address") == address), self.mails[0])


class Previews:
    """Asks both services what an answer would be, and shows it."""

    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self._shell = shell
        self._upstreams = upstreams

    async def find(self, place: Place, number: int, writing: Writing) -> Found:
        """The mails, recipients and warnings. Raises what `tickets` refuses."""
        path = f"/v1/tickets/{number}/comments/preview"
        body = writing.body(self._shell.moments(place))
        asked = {name: body[name] for name in body if name not in ("confirm", "unsent", "saved_reply_id")}
        found = (await self._upstreams.tickets.post(path, place.acting, asked)).json()
        mails, unreachable, is_known = [], [], True
        if found.get("fact") is not None:
            try:
                answer = await self._upstreams.notifier.post("/v1/preview", place.acting, {"fact": found["fact"]})
                mails, unreachable = answer.json()["mails"], answer.json()["unreachable"]
            except (UpstreamRefused, Unavailable):
                is_known = False
        return Found(found["recipients"], found["warnings"], found["undo_seconds"], mails, unreachable, is_known)

    async def show(
        self, place: Place, number: int, writing: Writing, *, undecided: bool = False, status: int = 200
    ) -> Response:
        """The sheet: a page of its own, or the part of one for a script that asks. `undecided` when it was to be sent
        and something has to be decided first. Raises what `tickets` refuses."""
        found = await self.find(place, number, writing)
        ticket = (await self._upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        new = {code: one for one in found.warnings if (code := one["code"])}
        unseen = self._unseen(place, ticket, new.get("ticket_changed"))
        context = {
            "ticket": ticket,
            "found": found,
            "new": {one.get("address") for one in new.get("not_on_last_mail", {}).get("people", ())},
            "note": self._entry(place, ticket, new.get("private_words", {}).get("entry")),
            "unseen": unseen,
            "undecided": undecided,
            # What stands on this sheet has been seen: it is not warned of again.
            "writing": replace(writing, begun_on=ticket["version"]),
        }
        if place.request.headers.get("hx-request"):
            return self._shell.page(place, "_preview.html", status=status, **context)
        around = await beside(self._upstreams, place.acting)
        return self._shell.page(place, "preview.html", status=status, **context, **around)

    async def unseen(self, place: Place, number: int, writing: Writing) -> bool:
        """Whether somebody said something since the version that the sheet was made on."""
        if writing.begun_on is None:
            return False
        ticket = (await self._upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
        return any(
            _version(one) > writing.begun_on for one in ticket.get("timeline") or () if one.get("type") in _MESSAGES
        )

    def _unseen(self, place: Place, ticket: dict[str, Any], changed: dict[str, Any] | None) -> list[Entry]:
        """The entries that came while one wrote, the latest first; one's own are known."""
        if changed is None:
            return []
        wanted = {one["n"] for one in changed.get("entries", ())}
        mine = {
            one["n"]
            for one in ticket["timeline"]
            if (one.get("actor") or {}).get("person_id") == place.acting.person_id
        }
        timeline = Timeline(self._shell.words(place), self._shell.moments(place))
        return [one for one in reversed(timeline.entries(ticket)) if one.n in wanted - mine]

    def _entry(self, place: Place, ticket: dict[str, Any], n: int | None) -> Entry | None:
        timeline = Timeline(self._shell.words(place), self._shell.moments(place))
        return next((one for one in timeline.entries(ticket) if one.n == n), None)


def routes(shell: Shell, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """The mail itself, for the frame on the sheet."""
    router = APIRouter()
    previews = Previews(shell, upstreams)

    @router.post("/{company}/desk/tickets/{number:int}/comments/_letter")
    async def letter(request: Request, company: str, number: int) -> Response:
        """The mail to one of its recipients, as a document of its own that can run nothing and reach nothing."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        found = await previews.find(place, number, await from_form(form, uploads, place))
        html = as_document(found.mail_to(form.get("letter_to"))) if found.mails else ""
        return HTMLResponse(html, headers={"content-security-policy": LETTER_POLICY})

    return router


def as_document(mail: dict[str, Any]) -> str:
    """A mail's HTML with the images that it carries in place, and links that lead nowhere from here."""
    html = str(mail["html"])
    message = message_from_string(str(mail["raw"]), _class=EmailMessage, policy=policy.default)
    for part in message.walk():
        name = str(part.get("Content-ID", "")).strip("<> ")
        content = part.get_payload(decode=True)
        if name and isinstance(content, bytes):
            data = f"data:{part.get_content_type()};base64,{base64.b64encode(content).decode()}"
            html = html.replace(f"cid:{name}", data)
    return html.replace("<head>", '<head><base target="_blank">', 1)


def take_out(writing: Writing, passage: str) -> Writing:
    """The words without a passage that also stands in a private note."""
    return replace(
        writing, text=without(writing.text, passage), html=without(writing.html, passage, is_html=True), confirmed=()
    )


def _version(entry: dict[str, Any]) -> int:
    return int(((entry.get("data") or {}).get("ticket") or {}).get("version") or 0)
