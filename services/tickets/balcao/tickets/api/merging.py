"""Routes of merging, splitting and undoing (W13-W15)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from balcao.shared.errors import Invalid
from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.commands import TheCommand, saying_what_changed
from balcao.tickets.domain.fields import Note
from balcao.tickets.domain.merging import MOST_MERGED
from balcao.tickets.domain.splitting import Split
from balcao.tickets.linking import Linking

router = APIRouter(prefix="/v1/tickets", tags=["merging and splitting"])
Number = Annotated[int, Field(ge=1, le=2**53)]


async def linking_of(request: Request) -> Linking:
    """What merges and splits tickets on this server."""
    linking: Linking = request.app.state.linking
    return linking


TheLinking = Annotated[Linking, Depends(linking_of)]


class MergeBody(Body):
    """The tickets to merge into this one; it stays open, the others are resolved as merged."""

    numbers: list[Number] = Field(min_length=1, max_length=MOST_MERGED)
    comment: Note = Field(default="", description="A private note on all of them.")
    versions: dict[Number, int] = Field(
        default={}, max_length=MOST_MERGED, description="Versions of the others that this was decided on."
    )


class UndoBody(Body):
    """What to take back."""

    entry: int = Field(ge=1, description="Number of an entry that the merge, split or bulk edit made.")


@router.post("/{number}/merge")
async def merge(number: int, body: MergeBody, command: TheCommand, linking: TheLinking) -> Document:
    """Merge other tickets into this one (Unificar, W13); answers the survivor."""
    company_id, tickets = command.acting.company_id, command.desk.tickets
    survivor = await tickets.by_number(company_id, number)
    others = [await tickets.by_number(company_id, one) for one in body.numbers]
    strange = sorted(set(body.versions) - set(body.numbers))
    if strange:
        raise Invalid("versions are given of tickets that are not merged", numbers=strange)
    expected = {one.id: body.versions[one.number] for one in others if one.number in body.versions}
    if command.expected_version is not None:
        expected[survivor.id] = command.expected_version
    async with saying_what_changed(command.desk, survivor, command.expected_version):
        after = await linking.merge(
            survivor, others, command.acting.party(), command.cause, comment=body.comment, expected=expected
        )
    return await command.show(after)


@router.post("/{number}/split", status_code=201)
async def split(number: int, body: Split, command: TheCommand, linking: TheLinking) -> Document:
    """Make a ticket of its own of a part of this one (Desmembrar, W14); answers the old one, with the `new` one."""
    ticket = await command.desk.tickets.by_number(command.acting.company_id, number)
    async with saying_what_changed(command.desk, ticket, command.expected_version):
        after, new = await linking.split(
            ticket, body, command.acting.party(), command.cause, expected_version=command.expected_version
        )
    shown = await command.show(new)
    return {**await command.show(after), "new": shown}


@router.post("/{number}/undo")
async def undo(number: int, body: UndoBody, command: TheCommand, linking: TheLinking) -> Document:
    """Take back the merge, split or bulk edit that an entry of the history belongs to (W15)."""
    ticket = await command.desk.tickets.by_number(command.acting.company_id, number)
    async with saying_what_changed(command.desk, ticket, command.expected_version):
        after = await linking.undo(ticket, body.entry, command.cause, expected_version=command.expected_version)
    return await command.show(after)
