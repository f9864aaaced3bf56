"""Routes of tags on interactions (W19)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import Member, TheCommand, saying_what_changed
from balcao.tickets.tagging import Tagging

router = APIRouter(prefix="/v1", tags=["interactions"])
_SHOWN = ("ticket_number", "n", "type", "at", "author", "excerpt", "tags")
TagId = Annotated[str, Field(min_length=1, max_length=100)]


class TagsBody(Body):
    """Ids of tags to put on, and to take away."""

    add: list[TagId] = Field(default=[], max_length=50)
    remove: list[TagId] = Field(default=[], max_length=50)


async def tagging_of(request: Request) -> Tagging:
    """What this server can do with tags on interactions."""
    tagging: Tagging = request.app.state.tagging
    return tagging


TheTagging = Annotated[Tagging, Depends(tagging_of)]


@router.post("/tickets/{number}/entries/{entry}/tags")
async def tag_entry(
    number: int, entry: Annotated[int, Path(ge=1)], body: TagsBody, command: TheCommand, tagging: TheTagging
) -> Document:
    """Put tags on an entry of the history, or take them away; the entry itself stays as it is. For the team only."""
    ticket = await command.desk.tickets.by_number(command.acting.company_id, number)
    async with saying_what_changed(command.desk, ticket, command.expected_version):
        after = await tagging.tag(
            ticket,
            entry,
            command.cause,
            add=body.add,
            remove=body.remove,
            expected_version=command.expected_version,
        )
    return await command.show(after)


@router.get("/interactions")
async def list_interactions(
    acting: Member,
    tagging: TheTagging,
    tag: Annotated[str, Query(min_length=1, max_length=100, description="Id of a tag.")],
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
) -> Document:
    """Interactions with a tag, the latest first: `{items, next}`."""
    found, following = await tagging.tags.tagged(acting.company_id, tag, after=after, limit=limit)
    return {"items": [{key: one[key] for key in _SHOWN} for one in found], "next": following}
