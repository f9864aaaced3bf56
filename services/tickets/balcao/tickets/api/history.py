"""Routes of the history: each entry as a sentence and as data, and the whole ticket as a file (W10)."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import StreamingResponse

from balcao.shared.errors import NotFound
from balcao.shared.language import Language
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting
from balcao.tickets.api.commands import ActingPerson, TheDesk
from balcao.tickets.api.views import entry_for_team, public_entry, ticket_for_requester, ticket_for_team
from balcao.tickets.catalogues import language
from balcao.tickets.desk import Desk
from balcao.tickets.domain.history import History
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.domain.undoing import undone
from balcao.tickets.store.several import SeveralTickets

router = APIRouter(prefix="/v1/tickets", tags=["history"])
EXPORT_FORMAT = "balcao.ticket.v1"
_READ_AT_ONCE = 200
Locale = Annotated[
    str | None, Query(max_length=20, description="pt-BR or en; else the reader's own, else the company's.")
]


class _Reading:
    """One ticket's history for one reader. A guest sees their own tickets, and of them what is public."""

    def __init__(
        self, ticket: Ticket, acting: Acting, spoken: Language, history: History, several: SeveralTickets
    ) -> None:
        self.ticket = ticket
        self.language = spoken
        self.team = acting.is_team
        self._history = history
        self._several = several

    async def page(self, after: int, limit: int) -> tuple[list[Document], int | None]:
        """Entries from behind number `after`, and the number to go on behind."""
        company_id, id_ = self.ticket.company_id, self.ticket.id
        found = await self._several.entries(company_id, id_, since=after + 1, most=limit + 1)
        following = found[limit - 1]["n"] if len(found) > limit else None
        return [self.shown(one) for one in found[:limit] if self.team or one["public"]], following

    def shown(self, entry: Document) -> Document:
        """An entry with its sentence."""
        sentence = self._history.sentence(entry)
        if not self.team:
            return {**public_entry(entry, self.ticket), "sentence": sentence}
        return {**entry_for_team(entry), "sentence": sentence, "operation": entry["cause"]}

    async def all(self) -> AsyncIterator[Document]:
        """Every entry, read piece by piece."""
        after: int | None = 0
        while after is not None:
            entries, after = await self.page(after, _READ_AT_ONCE)
            for entry in entries:
                yield entry

    async def undone(self) -> dict[str, int]:
        """Operations that were taken back, with the entry that did it; only the team hears of them."""
        if not self.team:
            return {}
        entries = await self._several.entries(self.ticket.company_id, self.ticket.id)
        return undone(entries)


async def _reading(
    number: int, desk: Desk, acting: Acting, request: Request, locale: str | None, accepts: str | None
) -> _Reading:
    ticket = await desk.tickets.by_number(acting.company_id, number)
    if not acting.is_team and not ticket.is_open_to(acting.person_id, acting.address):
        raise NotFound(f"no ticket #{number}")
    company = (await desk.directory.team(acting.company_id)).company
    spoken = language(company.time_zone, locale, acting.locale, accepts, company.locale)
    history = History(spoken, policies=company.policies, for_team=acting.is_team)
    several: SeveralTickets = request.app.state.several
    return _Reading(ticket, acting, spoken, history, several)


@router.get("/{number}/history")
async def get_history(
    number: int,
    desk: TheDesk,
    acting: ActingPerson,
    request: Request,
    locale: Locale = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[int, Query(ge=0, description="`next` of the page before.")] = 0,
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> Document:
    """The entries in order, each as a sentence with what was before and after, and as data.

    The team's answer also says which operations were taken back: `undone` maps an operation's id to the entry that
    did it. Entries of one request carry the same `operation`.
    """
    reading = await _reading(number, desk, acting, request, locale, accept_language)
    items, following = await reading.page(after, limit)
    return {"items": items, "next": following, "undone": await reading.undone()}


@router.get("/{number}/export", response_class=StreamingResponse)
async def export_ticket(
    number: int,
    desk: TheDesk,
    acting: ActingPerson,
    request: Request,
    locale: Locale = None,
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> StreamingResponse:
    """The whole ticket as a JSON file; docs/architecture/history.md describes it. A guest's has what they may see."""
    reading = await _reading(number, desk, acting, request, locale, accept_language)
    headers = {"Content-Disposition": f'attachment; filename="ticket-{number}.json"'}
    return StreamingResponse(_exported(reading), media_type="application/json", headers=headers)


async def _exported(reading: _Reading) -> AsyncIterator[bytes]:
    if reading.team:
        ticket = ticket_for_team(reading.ticket, [])
    else:
        ticket = ticket_for_requester(reading.ticket, [], reading.language)
    ticket.pop("timeline")
    yield f'{{"format":"{EXPORT_FORMAT}","ticket":{_json(ticket)},"history":['.encode()
    separator = ""
    async for entry in reading.all():
        yield f"{separator}{_json(entry)}".encode()
        separator = ","
    yield b"]}\n"


def _json(value: Any) -> str:
    return json.dumps(jsonable_encoder(value), ensure_ascii=False, separators=(",", ":"))
