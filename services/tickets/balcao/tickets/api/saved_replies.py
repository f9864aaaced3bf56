"""Routes of saved replies (W18): each member's own, and those the team shares."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, StringConstraints

from balcao.shared.clock import now
from balcao.shared.errors import Invalid
from balcao.shared.mongo import Document
from balcao.shared.rich_text import MOST_HTML, RichText, clean, plain
from balcao.tickets.api.bodies import Body, Text
from balcao.tickets.api.commands import Command, Member, TheDesk
from balcao.tickets.api.comments import TheReplying
from balcao.tickets.api.roles import DeskCommand, is_admin
from balcao.tickets.domain.conditions import UnknownTag, UnknownWorkspace
from balcao.tickets.domain.items import item_id
from balcao.tickets.domain.saved_replies import (
    PLACEHOLDERS,
    ReplySets,
    SavedReply,
    render,
    require_known,
    require_own,
)

router = APIRouter(prefix="/v1/saved-replies", tags=["saved replies"])
Id = Annotated[str, Path(max_length=100)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Html = Annotated[str, StringConstraints(max_length=MOST_HTML)]


class NewReply(Body):
    """Words to use again: text or HTML, with blanks such as {{solicitante.nome}}."""

    title: Title
    text: Text = ""
    html: Html | None = None
    shared: bool = Field(default=False, description="For the whole team; else one's own.")
    visible: bool = Field(default=True, description="Whether it is meant for the requester.")
    sets: ReplySets = ReplySets()


class ReplyBody(Body):
    """What to change of a saved reply."""

    title: Title | None = None
    text: Text | None = None
    html: Html | None = None
    shared: bool | None = None
    visible: bool | None = None
    sets: ReplySets | None = None
    archived: bool | None = None


@router.get("")
async def list_replies(
    desk: TheDesk,
    acting: Member,
    q: Annotated[str, Query(max_length=200, description="Words in title or text.")] = "",
    archived: Annotated[bool, Query(description="Also those that were archived.")] = False,
) -> Document:
    """One's own and the shared replies, those used most first; with the placeholders that may be used in them."""
    company_id = acting.company_id
    replies = (await desk.directory.replies.all(company_id)).values()
    uses = await desk.directory.replies.uses(company_id)
    seen = [
        one for one in replies if one.is_seen_by(acting.person_id) and (archived or not one.archived) and one.matches(q)
    ]
    seen.sort(key=lambda one: (-uses.get(one.id, 0), one.name))
    return {"items": [_view(one, uses.get(one.id, 0)) for one in seen], "placeholders": PLACEHOLDERS}


@router.get("/{id_}")
async def get_reply(id_: Id, acting: Member, desk: TheDesk, replying: TheReplying, response: Response) -> Document:
    """A saved reply; its version as ETag."""
    reply = await replying.get(acting.company_id, id_, acting.person_id)
    response.headers["ETag"] = f'"{reply.version}"'
    return _view(reply, (await desk.directory.replies.uses(acting.company_id)).get(reply.id, 0))


@router.post("", status_code=201)
async def add_reply(body: NewReply, command: DeskCommand) -> Document:
    """Save a reply. 422 names a placeholder that is not known, with those that are; 409 a title that is taken."""
    words = _words(body.text, body.html)
    await _require_settable(body.sets, command)
    acting = command.acting
    new = SavedReply(
        id=item_id("reply", command.cause.id),
        company_id=acting.company_id,
        name=body.title,
        owner_id=None if body.shared else acting.person_id,
        author_id=acting.person_id,
        text=words.text,
        html=words.html,
        visible=body.visible,
        sets=body.sets,
    )
    return _shown(await command.desk.directory.replies.add(new, command.cause), command)


@router.patch("/{id_}")
async def edit_reply(id_: Id, body: ReplyBody, command: DeskCommand, replying: TheReplying) -> Document:
    """Change, share, archive or restore a reply: one's own, or as an administrator or its author a shared one."""
    acting = command.acting
    await replying.get(acting.company_id, id_, acting.person_id)
    given = {name: getattr(body, name) for name in body.model_fields_set if getattr(body, name) is not None}
    values: dict[str, Any] = {name: given[name] for name in ("visible", "archived", "sets") if name in given}
    if "title" in given:
        values["name"] = given["title"]
    if "text" in given or "html" in given:
        words = _words(given.get("text", ""), given.get("html"))
        values |= {"text": words.text, "html": words.html}
    if "shared" in given:
        values["owner_id"] = None if given["shared"] else acting.person_id
    if "sets" in given:
        await _require_settable(given["sets"], command)

    def check(reply: SavedReply) -> None:
        require_own(reply, acting.person_id, is_admin=is_admin(acting))

    after = await command.desk.directory.replies.edit(
        acting.company_id, id_, values, command.cause, expected_version=command.expected_version, check=check
    )
    return _shown(after, command)


@router.get("/{id_}/rendered")
async def render_reply(
    id_: Id, acting: Member, desk: TheDesk, replying: TheReplying, ticket: Annotated[int, Query(ge=1)]
) -> Document:
    """A reply with its blanks filled in for the ticket of that number, ready to look over and send with
    `saved_reply_id`. `missing` names the blanks that the ticket has nothing for, `left_out` what was archived since."""
    reply = await replying.get(acting.company_id, id_, acting.person_id)
    on = await desk.tickets.by_number(acting.company_id, ticket)
    team = await desk.directory.team(acting.company_id)
    tags = {one.id for one in (await desk.directory.tags.all(acting.company_id)).values() if not one.archived}
    filled = render(reply, on, acting.party(), team, now())
    gone = [one for one in reply.sets.add_tags if one not in tags]
    if reply.sets.workspace_id is not None and team.workspace(reply.sets.workspace_id) is None:
        gone.append(reply.sets.workspace_id)
    return {
        "text": filled.text,
        "html": filled.html,
        "visible": reply.visible,
        "sets": reply.sets.model_dump(mode="json"),
        "missing": filled.missing,
        "left_out": gone,
    }


def _words(text: str, html: str | None) -> RichText:
    if html is not None and text.strip():
        raise Invalid("give either text or html")
    words = clean(html) if html is not None else plain(text)
    require_known(words)
    return words


async def _require_settable(sets: ReplySets, command: Command) -> None:
    """Raise for a tag or workspace that is not there, so that it is noticed at writing rather than at using."""
    company_id = command.acting.company_id
    tags = await command.desk.directory.tags.all(company_id)
    unknown = [one for one in sets.add_tags if one not in tags or tags[one].archived]
    if unknown:
        raise UnknownTag("no such tag, or it is archived", tags=unknown)
    team = await command.desk.directory.team(company_id)
    if sets.workspace_id is not None and team.workspace(sets.workspace_id) is None:
        raise UnknownWorkspace("no such workspace, or it is archived", workspace_id=sets.workspace_id)


def _shown(reply: SavedReply, command: Command) -> Document:
    command.response.headers["ETag"] = f'"{reply.version}"'
    return _view(reply, 0)


def _view(reply: SavedReply, uses: int) -> Document:
    shown = reply.model_dump(mode="json", exclude={"company_id", "entries", "key", "name"})
    return {**shown, "title": reply.name, "shared": reply.owner_id is None, "uses": uses}
