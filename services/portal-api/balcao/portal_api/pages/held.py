"""Held messages: who wrote what was not let in, why, what it says, and the decision about it (O3, W2)."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice
from balcao.portal_api.pages.proof_words import proof_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.catalogues import N_
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

_KINDS = ("waiting", "rejected", "discarded", "unread")
"""What waits; whose sender was told no; what was put aside; and what `intake` could not take as somebody's words."""
_DECISIONS = ("accept", "open-new", "discard", "restore")
_MAIL_FILE = "mail:"
_POINTS = N_("It points at ticket #%(number)s, but its sender is no part of that ticket.")
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
        return await _page(shell, upstreams, place, _kind(request.query_params.get("state")), None)

    @router.get("/{company}/desk/held/{held_id}")
    async def show_message(request: Request, company: str, held_id: str) -> Response:
        """One of them beside the list."""
        place = await shell.desk_place(request, company)
        return await _page(shell, upstreams, place, _kind(request.query_params.get("state")), held_id)

    @router.get("/{company}/desk/_held")
    async def show_list(request: Request, company: str) -> Response:
        """The list alone."""
        place = await shell.desk_place(request, company)
        kind = _kind(request.query_params.get("state"))
        items = await _items(upstreams, place, kind)
        return shell.page(
            place, "_held.html", items=items, kind=kind, at_id=request.query_params.get("at") or "", why=_why
        )

    @router.post("/{company}/desk/held/{held_id}/{decision}")
    async def decide(request: Request, company: str, held_id: str, decision: str) -> Response:
        """Let it into a ticket, make a ticket of it, put it aside, or let it wait again."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: str(value) for name, value in form.items()}
        if decision not in _DECISIONS:
            raise NotFound("no such decision")
        try:
            body = {"ticket_number": _number(typed["number"])} if decision == "accept" and "number" in typed else {}
            path = f"/v1/held/{quote(held_id, safe='')}/{decision}"
            await upstreams.tickets.post(path, place.acting, body, once=typed.get("once"))
        except (Invalid, Unavailable, UpstreamRefused) as error:
            kind = _kind(typed.get("state"))
            return await _page(shell, upstreams, place, kind, held_id, error=error, number=typed.get("number", ""))
        return shell.see(_afterwards(place, held_id, decision, typed))

    return router


async def _page(
    shell: Shell,
    upstreams: Upstreams,
    place: Place,
    kind: str,
    held_id: str | None,
    *,
    error: Condition | None = None,
    number: str = "",
) -> Response:
    items, around = await asyncio.gather(_items(upstreams, place, kind), beside(upstreams, place.acting))
    message = next((one for one in items if one["id"] == held_id), None)
    if held_id is not None and message is None and error is None:
        raise NotFound("no such page or resource")
    body = await _body(upstreams, place, message["message_id"]) if message else None
    return shell.page(
        place,
        "held.html",
        status=status_for(error) if error else 200,
        items=items,
        kind=kind,
        kinds=_KINDS,
        message=message,
        at_id=held_id or "",
        body=body,
        proof=proof_of(message, shell.words(place).gettext) if message else None,
        refused=_refusal(shell, place, error),
        number=number,
        why=_why,
        once=new_id(),
        **around,
    )


async def _items(upstreams: Upstreams, place: Place, kind: str) -> list[dict[str, Any]]:
    """The messages of a kind, those that `intake` held in the same shape as those of `tickets`."""
    if kind != "unread":
        found = (await upstreams.tickets.get("/v1/held", place.acting, state=kind)).json()["items"]
        return [{"message_id": None, "files": [], **one, "rule": _rule(one)} for one in found]
    rows = (await upstreams.intake.get("/v1/messages", place.acting, outcome="held", limit=100)).json()["items"]
    return [
        {
            "id": one["id"],
            "message_id": one["id"],
            "at": one["received_at"],
            "rule": one.get("rule") or "",
            "sender": one.get("sender") or {},
            "subject": one.get("subject") or "",
            "ticket_number": None,
            "authentication": one.get("authentication"),
            "files": [],
        }
        for one in rows
    ]


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
