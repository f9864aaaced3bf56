"""Held messages: who wrote what was not let in, why, what it says, and the decision about it (O3, W2)."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice
from balcao.portal_api.pages import held_mails
from balcao.portal_api.pages.proof_words import proof_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.catalogues import N_
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

_TABS = ("waiting", "rejected", "discarded", "unread")
"""What waits; whose sender was told no; what was put aside; and what `intake` held."""
_KINDS = (*_TABS, "aside")
"""Also what `intake` held and somebody put aside: shown below its tab."""
_DECISIONS = ("accept", "open-new", "discard", "restore")
_MAIL_FILE = "mail:"
_POINTS = N_("It points at ticket #%(number)s, but its sender is no part of that ticket.")
_BROKEN = N_("It is broken: its words could not be read.")
WHY = {
    "token": _POINTS,
    "own_message_id": _POINTS,
    "reference": _POINTS,
    "subject_tag": _POINTS,
    "disproven": N_("It points at ticket #%(number)s, but the mail server says that it is not from its sender."),
    "unknown_sender": N_("Nobody here knows the sender, and the company lets in only people it knows."),
    "sender_not_proven": N_("The sender’s address is not proven; it may be forged."),
    "sender_not_answerable": N_("The sender’s address takes no answers: it is a machine’s or a list’s."),
    "loop": N_("It went through too many servers: it may be going round in circles."),
    "own_address": N_("It was sent in the company’s own name, and does not say who wrote it."),
    "no_sender": N_("It does not say who wrote it."),
    "unreadable": _BROKEN,
    "broke_reader": _BROKEN,
    "too_large": N_("It is too large to be taken in. It still lies in its mailbox, flagged."),
}
"""Why a message was held, by the rule that held it."""
TOO_MUCH = N_("It is too large or too intricate to be read by itself.")


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The list with a message beside it, and the decisions."""
    router = APIRouter()

    @router.get("/{company}/desk/held")
    async def show_held(request: Request, company: str) -> Response:
        """What waits, the oldest first, unless the address asks for what was turned away, put aside or not readable."""
        place = await shell.desk_place(request, company)
        kind, before = _kind(request.query_params.get("state")), request.query_params.get("before")
        return await _page(shell, upstreams, place, kind, None, before=before)

    @router.get("/{company}/desk/held/{held_id}")
    async def show_message(request: Request, company: str, held_id: str) -> Response:
        """One of them beside the list."""
        place = await shell.desk_place(request, company)
        kind, before = _kind(request.query_params.get("state")), request.query_params.get("before")
        return await _page(shell, upstreams, place, kind, held_id, before=before)

    @router.get("/{company}/desk/_held")
    async def show_list(request: Request, company: str) -> Response:
        """The list alone."""
        place = await shell.desk_place(request, company)
        kind = _kind(request.query_params.get("state"))
        items, next_key = await _items(upstreams, place, kind, None)
        at_id = request.query_params.get("at") or ""
        return shell.page(
            place, "_held.html", items=items, kind=kind, at_id=at_id, why=_why, before=None, next_key=next_key
        )

    @router.post("/{company}/desk/held/{held_id}/{decision}")
    async def decide(request: Request, company: str, held_id: str, decision: str) -> Response:
        """Let it into a ticket, make a ticket of it, put it aside, or let it wait again."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: str(value) for name, value in form.items()}
        if decision not in (*_DECISIONS, *held_mails.DECISIONS):
            raise NotFound("no such decision")
        try:
            await _decide(upstreams, place, held_id, decision, typed)
        except (Invalid, Unavailable, UpstreamRefused) as error:
            kind = _kind(typed.get("state"))
            return await _page(shell, upstreams, place, kind, held_id, error=error, number=typed.get("number", ""))
        return shell.see(_afterwards(place, held_id, decision, typed))

    return router


async def _decide(upstreams: Upstreams, place: Place, held_id: str, decision: str, typed: dict[str, str]) -> None:
    if decision in held_mails.DECISIONS:
        await held_mails.decide(upstreams, place, held_id, decision)
        return
    body = {"ticket_number": _number(typed["number"])} if decision == "accept" and "number" in typed else {}
    path = f"/v1/held/{quote(held_id, safe='')}/{decision}"
    await upstreams.tickets.post(path, place.acting, body, once=typed.get("once"))


async def _page(
    shell: Shell,
    upstreams: Upstreams,
    place: Place,
    kind: str,
    held_id: str | None,
    *,
    error: Condition | None = None,
    number: str = "",
    before: str | None = None,
) -> Response:
    (items, next_key), around = await asyncio.gather(
        _items(upstreams, place, kind, before), beside(upstreams, place.acting)
    )
    message = await _message(upstreams, place, kind, held_id, items)
    if held_id is not None and message is None and error is None:
        raise NotFound("no such page or resource")
    body = await _body(upstreams, place, message["message_id"]) if message else None
    return shell.page(
        place,
        "held.html",
        status=status_for(error) if error else 200,
        items=items,
        kind=kind,
        kinds=_TABS,
        before=before,
        next_key=next_key,
        message=message,
        comes_of_it=held_mails.comes_of_it(message, readable=body is not None) if message and _is_mail(kind) else "",
        is_admin="admin" in place.acting.roles,
        at_id=held_id or "",
        body=body,
        proof=proof_of(message, shell.words(place).gettext) if message else None,
        refused=_refusal(shell, place, error),
        number=number,
        why=_why,
        once=new_id(),
        **around,
    )


async def _items(
    upstreams: Upstreams, place: Place, kind: str, before: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """The messages of a kind, and where the next page begins; those of `tickets` are all on one."""
    if _is_mail(kind):
        return await held_mails.listed(upstreams, place, kind, before)
    found = (await upstreams.tickets.get("/v1/held", place.acting, state=kind)).json()["items"]
    return [{"message_id": None, "files": [], **one, "rule": _rule(one)} for one in found], None


async def _message(
    upstreams: Upstreams, place: Place, kind: str, held_id: str | None, items: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """The one that is read; none when it is of this kind no more."""
    if held_id is None or not _is_mail(kind):
        return next((one for one in items if one["id"] == held_id), None)
    try:
        return await held_mails.one(upstreams, place, held_id, kind)
    except (NotFound, UpstreamRefused):
        return None


def _is_mail(kind: str) -> bool:
    return kind in held_mails.STATES


async def _body(upstreams: Upstreams, place: Place, message_id: str | None) -> dict[str, Any] | None:
    """What it says, as text: nothing of it runs or is fetched. None where that can't be shown."""
    if message_id is None:
        return None
    try:
        return (await upstreams.intake.get(f"/v1/messages/{quote(message_id, safe='')}/body", place.acting)).json()
    except (UpstreamRefused, Unavailable):
        return None


def _rule(message: dict[str, Any]) -> str:
    return "disproven" if message.get("disproven") else str(message["rule"])


def _why(rule: str) -> str:
    return WHY.get(rule, TOO_MUCH)


def _kind(asked: str | None) -> str:
    return asked if asked in _KINDS else "waiting"


def _number(typed: str) -> int:
    digits = typed.strip().removeprefix("#")
    if not digits.isdigit() or not 0 < int(digits) <= 2**53:
        raise BadChoice("a ticket's number is a number")
    return int(digits)


def _afterwards(place: Place, held_id: str, decision: str, typed: dict[str, str]) -> str:
    """The list, saying what was done."""
    if decision in held_mails.DECISIONS:
        said: dict[str, dict[str, Any]] = {"let-in": {"let_in": 1}, "put-aside": {"aside": held_id}}
        path = f"/held/{quote(held_id, safe='')}" if decision == "wait-again" else "/held"
        return place.desk(path, state="unread", **said.get(decision, {}))
    if decision == "discard":
        return place.desk("/held", discarded=held_id)
    if decision == "accept":
        number = typed.get("number", "").strip().removeprefix("#") or typed.get("points_at", "")
        return place.desk("/held", accepted=number) if number.isdigit() else place.desk("/held", opened=1)
    return place.desk("/held", opened=1) if decision == "open-new" else place.desk(f"/held/{held_id}")


def _refusal(shell: Shell, place: Place, error: Condition | None) -> str | None:
    if error is None:
        return None
    words = shell.words(place)
    if isinstance(error, BadChoice) or getattr(error, "status", None) == 404:
        return words.gettext("There is no ticket with this number.")
    return refusal(words, error)
