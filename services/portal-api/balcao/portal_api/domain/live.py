"""What a fact on the bus is to a page that is open: which news, and for whom. Values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from balcao.portal_api.domain.access import works_at_desk
from balcao.portal_api.domain.public_view import PUBLIC_TYPES
from balcao.shared.tokens import Acting

Json = Mapping[str, Any]

_TICKET = ("id", "number", "version")
_TASK = ("id", "number", "version", "ticket_ids")
MOVES = frozenset({"ticket.stage_entered.v1", "ticket.wait_started.v1"})
"""What moves the steps that a requester sees, without a word of its own to them."""
MOST_TICKETS_NAMED = 50
"""Of a task that serves more, a page asks for the rest."""


@dataclass(frozen=True)
class News:
    """One thing that pages show at once. `data` is for the team, or for `person_id` alone where that is given;
    `public` is what people outside the team get, if they are among `people` (ids and addresses)."""

    company_id: str
    name: str
    data: Mapping[str, Any]
    person_id: str | None = None
    desk_only: bool = False
    public: Mapping[str, Any] | None = None
    people: frozenset[str] = field(default_factory=frozenset)

    def seen_by(self, acting: Acting) -> Mapping[str, Any] | None:
        """What this person may see of it; none: nothing (P5, W7)."""
        if acting.company_id != self.company_id:
            return None
        if self.person_id is not None:
            return self.data if acting.is_team and acting.person_id == self.person_id else None
        if acting.is_team:
            return self.data if works_at_desk(acting) or not self.desk_only else None
        return self.public if {acting.person_id, acting.address} & self.people else None


def news_of(type_: str, event: Json) -> News | None:
    """The news that a fact is; none for one that no page shows."""
    data = event.get("data") or {}
    noun = type_.partition(".")[0]
    if noun == "ticket" and "ticket" in data:
        return _of_ticket(type_, event, data)
    if noun == "task" and "task" in data:
        return _of_task(type_, event, data["task"])
    company_id = str(event["companyid"])
    if type_ == "notice.given.v1":
        shown = {**_only(data, ("kind", "titles", "ticket_number", "task_number", "at")), "id": data["notice_id"]}
        return News(company_id, "notice", shown, person_id=str(data["person_id"]))
    if type_ == "notices.read.v1":
        ids = {"ids": data["notice_ids"]} if data.get("notice_ids") else {}
        return News(company_id, "notices_read", ids, person_id=str(data["person_id"]))
    if type_ in ("message.held.v1", "sender.held.v1", "mail.held.v1"):
        return News(company_id, "held", {"id": data["message_id"]}, desk_only=True)
    return None


def _of_ticket(type_: str, event: Json, data: Json) -> News:
    ticket = data["ticket"]
    shown = {**_only(ticket, _TICKET), "what": type_, "at": event["time"]}
    by = (event.get("actor") or {}).get("person_id")
    public, people = None, frozenset[str]()
    if type_ in PUBLIC_TYPES:
        public, people = shown, _requesters(ticket, data)
    elif type_ in MOVES:
        # That it goes on shows on their page; why and where to is the team's business.
        public, people = (
            {**_only(ticket, _TICKET), "what": "ticket.moved", "at": event["time"]},
            _requesters(ticket, data),
        )
    return News(str(event["companyid"]), "ticket", {**shown, "by": by} if by else shown, public=public, people=people)


def _of_task(type_: str, event: Json, task: Json) -> News:
    shown = {**_only(task, _TASK), "what": type_, "at": event["time"]}
    if "ticket_ids" in shown:
        shown["ticket_ids"] = shown["ticket_ids"][:MOST_TICKETS_NAMED]
    by = (event.get("actor") or {}).get("person_id")
    return News(str(event["companyid"]), "task", {**shown, "by": by} if by else shown)


def _requesters(ticket: Json, data: Json) -> frozenset[str]:
    """Whose ticket it is, and who got the answer: by id and by address."""
    parties = (ticket["requester"], *(data.get("recipients") or ()))
    return frozenset(str(one[key]) for one in parties for key in ("person_id", "address") if one.get(key))


def _only(source: Json, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: source[name] for name in fields if source.get(name) is not None}
