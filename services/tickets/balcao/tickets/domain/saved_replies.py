"""Saved replies: words to use again, with blanks that the ticket fills in and fields that it sets (W18)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from balcao.shared.events import Fact, Party, ReplyProfile, ReplySaved
from balcao.shared.rich_text import RichText, to_text
from balcao.tickets.domain.conditions import EmptyComment, NotYourReply, UnknownPlaceholder
from balcao.tickets.domain.items import Item, folded
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Kind, Method, Ticket, WaitReason

MOST_TAGS = 20
_BLANK = re.compile(r"\{\{(.{0,120}?)\}\}", re.DOTALL)
_DATES = {"pt-BR": "%d/%m/%Y", "en": "%Y-%m-%d"}
_GREETINGS = {"pt-BR": ("Bom dia", "Boa tarde", "Boa noite"), "en": ("Good morning", "Good afternoon", "Good evening")}

PLACEHOLDERS: dict[str, str] = {
    "solicitante.nome": "requester.name",
    "solicitante.primeiro_nome": "requester.first_name",
    "solicitante.email": "requester.email",
    "analista.nome": "analyst.name",
    "analista.primeiro_nome": "analyst.first_name",
    "ticket.numero": "ticket.number",
    "ticket.titulo": "ticket.title",
    "ticket.previsto_para": "ticket.promised_for",
    "workspace.nome": "workspace.name",
    "empresa.nome": "company.name",
    "eu.nome": "me.name",
    "eu.primeiro_nome": "me.first_name",
    "saudacao": "greeting",
    "hoje": "today",
}
"""Portuguese name → English name; both are understood, with or without accents and whatever the case."""
_MEANING = {**PLACEHOLDERS, **{english: english for english in PLACEHOLDERS.values()}}


class ReplyThen(BaseModel):
    """The change of situation that a saved reply brings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["resolved", "waiting", "open"]
    method: Method | None = Field(default=None, description="Of `resolved`.")
    reason: WaitReason | None = Field(default=None, description="Of `waiting`, which needs one.")
    days: int | None = Field(default=None, ge=0, le=365, description="Of `waiting`: business days.")
    close_if_no_answer: bool | None = Field(default=None, description="Of `waiting`.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.status == "waiting") != (self.reason is not None):
            raise ValueError("a reason goes with waiting, and waiting needs one")
        if self.method is not None and self.status != "resolved":
            raise ValueError("a method goes with resolved only")
        if self.status != "waiting" and (self.days is not None or self.close_if_no_answer is not None):
            raise ValueError("days and closing without an answer go with waiting only")
        return self


class ReplySets(BaseModel):
    """Fields of the ticket that using a saved reply changes in the same step; none: stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: str | None = Field(default=None, max_length=100)
    add_tags: tuple[str, ...] = Field(default=(), max_length=MOST_TAGS, description="Ids of tags.")
    then: ReplyThen | None = None

    def edit(self, team: Team, tags: Mapping[str, object]) -> dict[str, Any]:
        """The fields to edit, without what was archived since the reply was written."""
        wanted: dict[str, Any] = {"kind": self.kind, "priority": self.priority}
        if team.workspace(self.workspace_id) is not None:
            wanted["workspace_id"] = self.workspace_id
        wanted["add_tags"] = tuple(one for one in self.add_tags if one in tags)
        return {name: value for name, value in wanted.items() if value not in (None, ())}


class SavedReply(Item):
    """A reply to use again: its owner's own, or shared by the team when nobody owns it."""

    noun: ClassVar[str] = "saved reply"
    says: ClassVar[type[Fact]] = ReplySaved

    owner_id: str | None = None
    author_id: str = ""
    text: str
    html: str = ""
    """Sanitised; empty where only plain text was written."""
    visible: bool = True
    """Whether "Exibir para solicitante" is ticked when it is used."""
    sets: ReplySets = ReplySets()

    def key_of(self, name: str) -> str:
        """Unique among the shared ones, or among its owner's."""
        return f"{self.owner_id or ''}\x1f{folded(name)}"

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it, without its words."""
        profile = ReplyProfile(
            id=self.id, name=self.name, owner_id=self.owner_id, archived=self.archived, version=self.version
        )
        return {"reply": profile}

    def is_seen_by(self, person_id: str) -> bool:
        """Whether somebody of the team sees it."""
        return self.owner_id is None or self.owner_id == person_id

    def matches(self, words: str) -> bool:
        """Whether all of some words occur in title or text, accents and case apart."""
        here = folded(f"{self.name} {self.text}")
        return all(word in here for word in folded(words).split())


@dataclass(frozen=True)
class Rendered:
    """A saved reply with its blanks filled in for one ticket."""

    text: str
    html: str
    missing: tuple[str, ...] = ()
    """Placeholders the ticket had nothing for; they are left empty."""


def require_known(words: RichText) -> None:
    """Raise `UnknownPlaceholder` for a blank that nobody can fill in, `EmptyComment` without any words (W18)."""
    if not words.text.strip():
        raise EmptyComment("a saved reply needs some text")
    unknown = [name for name in _names(words.html or words.text) if folded(name) not in _MEANING]
    if unknown:
        raise UnknownPlaceholder(
            f"nothing is known of {', '.join(f'{{{{{name}}}}}' for name in unknown)}",
            unknown=unknown,
            known=sorted(_MEANING),
        )


def require_own(reply: SavedReply, person_id: str, *, is_admin: bool) -> None:
    """Raise `NotYourReply` unless this person may change it: its owner, its author, or for shared ones an admin."""
    of_all = reply.owner_id is None and (is_admin or reply.author_id == person_id)
    if not of_all and reply.owner_id != person_id:
        raise NotYourReply("only who wrote it, or an administrator, changes a shared reply; copy it to make your own")


def render(reply: SavedReply, ticket: Ticket, person: Party, team: Team, at: datetime) -> Rendered:
    """The reply for one ticket, as this person would send it (W18). In the requester's language where it is known."""
    values = _values(ticket, person, team, at)
    missing: list[str] = []

    def filled(source: str, *, is_html: bool) -> str:
        def one(found: re.Match[str]) -> str:
            name = _MEANING.get(folded(found[1]))
            if name is None:
                return found[0]  # it was known when the reply was saved: shown rather than lost
            value = values[name]
            if not value and found[1].strip() not in missing:
                missing.append(found[1].strip())
            return escape(value, quote=False) if is_html else value

        return _BLANK.sub(one, source)

    if reply.html:
        html = filled(reply.html, is_html=True)
        return Rendered(to_text(html), html, tuple(missing))
    return Rendered(filled(reply.text, is_html=False), "", tuple(missing))


def _names(source: str) -> Iterator[str]:
    for found in _BLANK.finditer(source):
        yield found[1].strip()


def _values(ticket: Ticket, person: Party, team: Team, at: datetime) -> dict[str, str]:
    language = ticket.requester.locale or team.company.locale
    language = language if language in _DATES else "pt-BR"
    here = at.astimezone(team.company.calendar().zone)
    promised = ticket.promised_for.astimezone(here.tzinfo) if ticket.promised_for else None
    workspace = team.workspaces.get(ticket.workspace_id or "")
    greeting = _GREETINGS[language][0 if 4 <= here.hour < 12 else 1 if 12 <= here.hour < 18 else 2]
    analyst = ticket.analyst or Party()
    return {
        "requester.name": ticket.requester.name,
        "requester.first_name": _first(ticket.requester),
        "requester.email": ticket.requester.address or "",
        "analyst.name": analyst.name,
        "analyst.first_name": _first(analyst),
        "ticket.number": f"#{ticket.number}",
        "ticket.title": ticket.title,
        "ticket.promised_for": promised.strftime(_DATES[language]) if promised else "",
        "workspace.name": workspace.name if workspace else "",
        "company.name": team.company.name,
        "me.name": person.name,
        "me.first_name": _first(person),
        "greeting": greeting,
        "today": here.strftime(_DATES[language]),
    }


def _first(party: Party) -> str:
    return party.name.split()[0] if party.name.split() else ""
