"""The composer: private notes are saved at once, answers to the requester are shown before they are sent (W7)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import EmptyComment
from balcao.portal_api.pages.attachments import receipts_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.pages.ticket import Kept, TicketPages
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.events import FileRef, Party, TicketRef, TicketReplied
from balcao.shared.ids import new_id

_REPLY_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True)
class Draft:
    """What the composer was sent with."""

    text: str
    visible: bool
    resolve: bool
    seen: str
    """The fingerprint of the words that a preview showed; empty before the first one."""
    back: bool
    receipts: list[str]
    files: list[FileRef]
    version: str
    once: str

    def fingerprint(self) -> str:
        """Of the words and files: what was changed after a preview has to be looked at again."""
        return hashlib.sha256("\x1f".join((self.text, *(one.file_id for one in self.files))).encode()).hexdigest()

    def body(self) -> dict[str, Any]:
        """As `tickets` takes it."""
        files = [one.model_dump(exclude_none=True) for one in self.files]
        body: dict[str, Any] = {"text": self.text, "visible": self.visible, "files": files}
        if self.visible:
            # The preview was looked at, and with it whatever there may be to warn of.
            body["confirm"] = ["private_words", "file_missing"]
        if self.resolve:
            body["then"] = {"status": "resolved", "method": "answered"}
        return body


def routes(shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads) -> APIRouter:
    """The composer's form."""
    router = APIRouter()
    pages = TicketPages(shell, upstreams, store)

    @router.post("/{company}/desk/tickets/{number:int}/comments")
    async def write(request: Request, company: str, number: int) -> Response:
        """A note is saved; an answer comes back as a preview first, and is sent when that is confirmed."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            draft = await _draft(form, uploads, place)
            if draft.visible and (draft.back or draft.seen != draft.fingerprint()):
                return await _preview(pages, place, number, draft)
            await upstreams.tickets.post(
                f"/v1/tickets/{number}/comments", place.acting, draft.body(), once=draft.once or None
            )
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await pages.show_refused(place, number, "comments", form, error)
        return shell.see(place.desk(f"/tickets/{number}") + "#last")

    @router.post("/{company}/desk/tickets/{number:int}/outgoing/{reply_id}/{what}")
    async def outgoing(request: Request, company: str, number: int, reply_id: str, what: str) -> Response:
        """Take an answer back, whose words are in the composer again, or send it before its window ends (W7)."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        if what not in ("undo", "send-now") or not _REPLY_ID.fullmatch(reply_id):
            raise NotFound("no such answer")
        try:
            path = f"/v1/tickets/{number}/outgoing/{reply_id}/{what}"
            answer = (await upstreams.tickets.post(path, place.acting, {})).json()
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await pages.show_refused(place, number, "comments", form, error)
        back = next((one for one in answer.get("unsent") or () if one.get("returned") == "undone"), None)
        if back is None:
            return shell.see(place.desk(f"/tickets/{number}") + "#last")
        words = shell.words(place).gettext("The answer was taken back; its words are in the box below.")
        kept = Kept("comments", {"text": str(back["text"]), "visible": "1"}, words)
        return await pages.show(place, number, "actions", kept=kept)

    return router


async def _draft(form: FormData, uploads: Uploads, place: Place) -> Draft:
    """The composer's fields. Raises `EmptyComment`, and what stands against an attachment."""

    def text(name: str) -> str:
        value = form.get(name, "")
        return value if isinstance(value, str) else ""

    receipts = await receipts_of(form, uploads, place.acting)
    action = text("action")
    draft = Draft(
        text=text("text").replace("\r\n", "\n").strip(),
        visible=text("visible") == "1",
        resolve=action == "resolve",
        seen=text("seen"),
        back=action == "back",
        receipts=receipts,
        files=uploads.accept(place.acting, receipts),
        version=text("version"),
        once=text("once"),
    )
    if not draft.text:
        raise EmptyComment("write something first")
    return draft


async def _preview(pages: TicketPages, place: Place, number: int, draft: Draft) -> Response:
    ticket = (await pages.upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
    mails, unreachable = await _mails(pages.upstreams, place, ticket, draft)
    recipients = _recipients(ticket, place)
    return pages.shell.page(
        place,
        "preview.html",
        ticket=ticket,
        draft=draft,
        mails=mails,
        recipients=recipients,
        unreachable=unreachable,
        has_changed=bool(draft.version) and draft.version != str(ticket["version"]),
        **await beside(pages.upstreams, place.acting),
        once=draft.once or new_id(),
    )


def _recipients(ticket: dict[str, Any], place: Place) -> list[dict[str, Any]]:
    """Requester and watchers, each address once, never the author: as the rule in `tickets` will decide."""
    seen = {place.acting.address}
    chosen = []
    for party in (ticket["requester"], *ticket.get("watchers", ())):
        address = party.get("address")
        if address and address not in seen:
            seen.add(address)
            chosen.append(party)
    return chosen


async def _mails(
    upstreams: Upstreams, place: Place, ticket: dict[str, Any], draft: Draft
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The mails as they would arrive, and who can't be reached; none when `notifier` can't say now."""
    try:
        fact = TicketReplied(
            ticket=TicketRef.model_validate(ticket),
            author=place.acting.party(),
            text=draft.text,
            recipients=tuple(Party.model_validate(one) for one in _recipients(ticket, place)),
            files=tuple(draft.files),
        )
        answer = await upstreams.notifier.post(
            "/v1/preview", place.acting, {"fact": fact.model_dump(mode="json", exclude_none=True)}
        )
    except (Condition, ValidationError):
        return [], []
    found = answer.json()
    return found["mails"], found["unreachable"]
