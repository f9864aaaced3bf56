"""The route of the desk's form for a new ticket (O11)."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field, StringConstraints

from balcao.shared.errors import Invalid
from balcao.shared.events import FileRef, Party
from balcao.shared.mongo import Document
from balcao.shared.rich_text import MOST_HTML, RichText, clean, plain, with_images
from balcao.tickets.api.bodies import Body, Line, RequesterBody, Text
from balcao.tickets.api.commands import TheCommand
from balcao.tickets.api.comments import ThenBody, step_of
from balcao.tickets.domain.fields import MOST_TAGS, MOST_WATCHERS, PRIORITY_STEP, Edit, Id, Somebody
from balcao.tickets.domain.opening import Request
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Kind

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])


class NewTicket(Body):
    """A ticket opened at the desk (O11). What was asked is plain text, or HTML from an editor, never both."""

    title: Line
    description: Text = ""
    html: Annotated[str, StringConstraints(max_length=MOST_HTML)] | None = Field(
        default=None,
        description="Instead of `description`. Images as `cid:` of one of the files; sanitised on the way in.",
    )
    files: list[FileRef] = Field(default=[], max_length=50)
    kind: Kind = "request"
    priority: int = Field(
        default=0, ge=0, le=100, description="0 to 100, in steps of 5 at the desk (O9).", multiple_of=PRIORITY_STEP
    )
    workspace_id: Id | None = Field(default=None, description="None: the requester's own (O6).")
    project_id: Id | None = Field(default=None, description="A project of the ticket's workspace, or of none (W11).")
    requester: RequesterBody | None = Field(default=None, description="None: the person who opens it.")
    analyst_id: Id | None = Field(default=None, description="None: whom the team table names (H7).")
    promised_for: AwareDatetime | None = Field(default=None, description="Previsto para (W9).")
    tags: tuple[Id, ...] = Field(default=(), max_length=MOST_TAGS, description="Ids of tags (O14).")
    watchers: tuple[Somebody, ...] = Field(default=(), max_length=MOST_WATCHERS, description="Em cópia (W11).")
    then: ThenBody | None = Field(
        default=None,
        description="The situation it begins in, waiting or resolved; open if none. For a draft see /drafts.",
    )

    def form(self) -> Edit | None:
        """The fields that it has in common with editing a ticket."""
        given = {
            "add_tags": self.tags,
            "add_watchers": self.watchers,
            "promised_for": self.promised_for,
            "project_id": self.project_id,
        }
        there = {name: value for name, value in given.items() if value}
        return Edit.model_validate(there) if there else None

    def request(self, team: Team) -> Request:
        """What is asked for, its words sanitised. Raises `Invalid`, and what an incomplete situation raises."""
        words = words_of(self.description, self.html, self.files)
        return Request(
            self.title,
            words.text,
            self.kind,
            self.priority,
            self.workspace_id,
            html=words.html,
            files=with_images(self.files, words.images),
            analyst_id=self.analyst_id,
            form=self.form(),
            step=step_of(self.then, team),
        )


def words_of(text: str, html: str | None, files: list[FileRef]) -> RichText:
    """A description as it is kept. Raises `Invalid` when both text and HTML are given, and what `clean` raises."""
    if html is None:
        return plain(text)
    if text.strip():
        raise Invalid("give either description or html")
    return clean(html, files)


@router.post("", status_code=201)
async def open_ticket(body: NewTicket, command: TheCommand) -> Document:
    """Open a ticket at the desk, in one transaction with all that the form says; it starts in triage (O11)."""
    who = Party(name=body.requester.name, address=body.requester.address.lower()) if body.requester else None
    team = await command.desk.directory.team(command.acting.company_id)
    ticket = await command.desk.open_for(command.acting.company_id, body.request(team), who, command.cause)
    return await command.show(ticket)
