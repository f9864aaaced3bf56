"""How a mail got to a ticket, the mail as it was written, and what else its requester asked for."""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from balcao.portal_api.clients import Upstream, UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import works_at_desk
from balcao.portal_api.pages import landing_words
from balcao.portal_api.pages.proof_words import proof_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.shared.errors import NotFound, Unavailable
from balcao.shared.tokens import Acting

_MAIL_ID = re.compile(r"[0-9a-f-]{36}")
_OTHERS = 5
_PATIENCE_S = 2.0
_LETTER_POLICY = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src {images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""A letter may be coloured, show its pictures and open links in a new window. It runs nothing and asks for nothing; of
our origin it is only so that its own pictures know who is looking."""
_LETTER = """<!doctype html><html lang=""><head><meta charset="utf-8"><base target="_blank">
<meta name="referrer" content="no-referrer">
<style>body{margin:0;padding:14px 16px;background:#fff;color:#1d2329;font:14px/21px Inter,system-ui,sans-serif;
overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}blockquote{margin:0 0 0 4px;
padding-left:10px;border-left:2px solid #dfe3e7;color:#59626d}</style></head><body>"""


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """What is fetched only when somebody looks at it."""
    router = APIRouter()

    @router.get("/{company}/desk/tickets/{number:int}/_context")
    async def show_context(request: Request, company: str, number: int) -> Response:
        """Beside a ticket: its requester's profile and other tickets, and how the mail that opened it got here."""
        place = await shell.team_place(request, company)
        return shell.page(place, "_context.html", **await context_of(shell, upstreams, place, number))

    @router.get("/{company}/desk/tickets/{number:int}/mails/{mail_id}")
    async def show_mail(request: Request, company: str, number: int, mail_id: str) -> Response:
        """A mail of the ticket as it was written, and why it is here; a part of the page for htmx, else a page."""
        place = await shell.desk_place(request, company)
        entry = await _entry_of(upstreams, place, number, mail_id)
        mail, body = await asyncio.gather(
            upstreams.intake.get(f"/v1/messages/{mail_id}", place.acting), _body(upstreams, place, mail_id, False)
        )
        context = {
            "ticket_number": number,
            "mail": mail.json(),
            "body": body,
            "came_in": entry,
            "proof": proof_of(mail.json(), shell.words(place).gettext),
            **_spoken(shell, place),
        }
        if request.headers.get("hx-request"):
            return shell.page(place, "_mail.html", **context)
        return shell.page(place, "mail.html", **context, **await beside(upstreams, place.acting))

    @router.get("/{company}/desk/tickets/{number:int}/mails/{mail_id}/letter")
    async def show_letter(
        request: Request, company: str, number: int, mail_id: str, images: Annotated[bool, Query()] = False
    ) -> Response:
        """The words of a mail alone, to be framed; pictures from elsewhere only where somebody wants them."""
        place = await shell.desk_place(request, company)
        await _entry_of(upstreams, place, number, mail_id)
        body = await _body(upstreams, place, mail_id, images)
        sources = "'self' data: http: https:" if images else "'self' data:"
        headers = {"content-security-policy": _LETTER_POLICY.format(images=sources), "referrer-policy": "no-referrer"}
        return Response(f"{_LETTER}{body['html']}</body></html>", media_type="text/html", headers=headers)

    return router


async def context_of(shell: Shell, upstreams: Upstreams, place: Place, number: int) -> dict[str, Any]:
    """All that `_context.html` shows beside a ticket. Raises what the services raise about the ticket."""
    ticket = (await upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()
    found = await _context(upstreams, place, ticket)
    person = found["person"]
    return {
        "ticket": ticket,
        **found,
        "proof": proof_of(found["mail"], shell.words(place).gettext),
        **_spoken(shell, place),
        "may_edit": bool(person) and _may_edit(place.acting, person),
        "profile": None,
    }


def _may_edit(acting: Acting, person: dict[str, Any]) -> bool:
    """Whether `tickets` lets them change this profile: a colleague's is for administrators."""
    return works_at_desk(acting) and (
        "admin" in acting.roles or not person.get("roles") or person.get("id") == acting.person_id
    )


def _spoken(shell: Shell, place: Place) -> dict[str, Any]:
    said = shell.words(place).gettext
    kinds = {"ways": landing_words.WAYS, "whys": landing_words.WHYS, "ignored": landing_words.IGNORED}
    return {kind: {code: said(words) for code, words in of.items()} for kind, of in kinds.items()}


async def _body(upstreams: Upstreams, place: Place, mail_id: str, images: bool) -> dict[str, Any]:
    answer = await upstreams.intake.get(
        f"/v1/messages/{mail_id}/body",
        place.acting,
        images=str(images).lower(),
        files=f"/api/v1/mails/{mail_id}/files",
    )
    return answer.json()


async def _entry_of(upstreams: Upstreams, place: Place, number: int, mail_id: str) -> dict[str, Any]:
    """The entry of the ticket that this mail made. Raises `NotFound` for a mail that has nothing to do with it."""
    if not _MAIL_ID.fullmatch(mail_id):
        raise NotFound("no such mail")
    timeline = (await upstreams.tickets.get(f"/v1/tickets/{number}", place.acting)).json()["timeline"]
    found = next((one for one in timeline if one["data"].get("message_id") == mail_id), None)
    if found is None:
        raise NotFound("no such mail")
    return dict(found)


async def _context(upstreams: Upstreams, place: Place, ticket: dict[str, Any]) -> dict[str, Any]:
    person_id = ticket["requester"].get("person_id")
    opened = next((one for one in ticket["timeline"] if one["type"] == "ticket.opened.v1"), None)
    mail_id = (opened or {"data": {}})["data"].get("message_id") if ticket.get("channel") == "mail" else None
    others, person, mail, company = await asyncio.gather(
        _asked(
            upstreams.tickets, place, "/v1/tickets", requester=person_id, status="any", order="newest", limit=_OTHERS
        )
        if person_id
        else _none(),
        _asked(upstreams.tickets, place, f"/v1/people/{person_id}") if person_id else _none(),
        _asked(upstreams.intake, place, f"/v1/messages/{mail_id}")
        if mail_id and works_at_desk(place.acting)
        else _none(),
        _asked(upstreams.tickets, place, "/v1/company"),
    )
    rest = [one for one in others.get("items") or () if one["number"] != ticket["number"]]
    return {
        "others": rest[: _OTHERS - 1],
        "person": person,
        "mail": mail,
        "mail_id": mail_id,
        "workspaces": company.get("workspaces") or [],
    }


async def _none() -> dict[str, Any]:
    return {}


async def _asked(service: Upstream, place: Place, path: str, **query: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return (await service.get(path, place.acting, **query)).json()
    except (TimeoutError, Unavailable, UpstreamRefused):
        return {}
