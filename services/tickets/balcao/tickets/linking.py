"""Merging, splitting and undoing: load all tickets concerned → rule → save all of them at once (W13-W15)."""

from collections.abc import Mapping, Sequence

from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.tickets.domain import undoing
from balcao.tickets.domain.bulk import bulk_edit
from balcao.tickets.domain.conditions import UndoneAlready
from balcao.tickets.domain.fields import Edit
from balcao.tickets.domain.merging import merge
from balcao.tickets.domain.splitting import Split, split
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.editing import Editing
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.several import SeveralTickets

Loaded = Mapping[str, Ticket]
Changes = Sequence[Change[Ticket]]


class Linking:
    """What the API and bulk jobs call. An operation's id follows from its cause, so that a repeat is the same one."""

    def __init__(self, several: SeveralTickets, editing: Editing, directory: Directory, numbers: Numbers) -> None:
        self._several = several
        self._editing = editing
        self._tickets = editing.tickets
        self._directory = directory
        self._numbers = numbers

    async def merge(
        self,
        survivor: Ticket,
        others: Sequence[Ticket],
        by: Party,
        cause: Cause,
        *,
        comment: str = "",
        expected: Mapping[str, int] | None = None,
    ) -> Ticket:
        """Merge tickets into the survivor, which is returned. Raises what `merging.merge` raises, and `Stale`."""
        ids = [one.id for one in others]

        async def decide(now: Loaded) -> Changes:
            return merge(
                now[survivor.id],
                [now[id_] for id_ in ids],
                by,
                cause.at,
                operation_id=_operation(cause),
                comment=comment,
            )

        wanted = [survivor.id, *ids]
        after = await self._several.change(survivor.company_id, wanted, decide, cause, expected=expected)
        return after[survivor.id]

    async def split(
        self, ticket: Ticket, wanted: Split, by: Party, cause: Cause, *, expected_version: int | None = None
    ) -> tuple[Ticket, Ticket]:
        """Split part of a ticket off: the old one and the new one. Raises as `splitting.split` does, and `Stale`."""
        company_id = ticket.company_id
        new_id = derived_id("ticket", cause.id)
        number = await self._numbers.next(company_id, "ticket")
        team = await self._directory.team(company_id)

        async def decide(now: Loaded) -> Changes:
            entries = await self._several.entries(company_id, ticket.id) if wanted.entries else []
            return split(
                now[ticket.id],
                wanted,
                entries,
                by,
                team,
                new_id=new_id,
                number=number,
                at=cause.at,
                operation_id=_operation(cause),
            )

        expected = {ticket.id: expected_version} if expected_version is not None else None
        after = await self._several.change(company_id, [ticket.id], decide, cause, expected=expected)
        new = after.get(new_id) or await self._tickets.get(company_id, new_id)
        return after[ticket.id], new

    async def undo(self, ticket: Ticket, n: int, cause: Cause, *, expected_version: int | None = None) -> Ticket:
        """Take back the operation that entry `n` of a ticket belongs to; of a bulk edit, this ticket's part.

        Raises `NothingToUndo`, `UndoneAlready`, `CannotUndo` with the later entries in the way, and `Stale`.
        """
        company_id = ticket.company_id
        try:
            step = undoing.operation_at(n, await self._several.entries(company_id, ticket.id))
        except UndoneAlready:
            if await self._tickets.has_acted(ticket.id, cause):
                return await self._tickets.get(company_id, ticket.id)
            raise
        ids = await self._concerned(company_id, ticket.id, step)

        async def decide(now: Loaded) -> Changes:
            entries = {id_: await self._several.entries(company_id, id_) for id_ in now}
            if step.what == "merge":
                return _undo_merge(now, entries, ids[0], step.id)
            if step.what == "split":
                return _undo_split(now, entries, ids, step.id)
            known = await self._editing.known(company_id)
            return [undoing.undo_edit(now[ticket.id], undoing.operation_at(n, entries[ticket.id]), known)]

        expected = {ticket.id: expected_version} if expected_version is not None else None
        after = await self._several.change(company_id, ids, decide, cause, expected=expected)
        return after[ticket.id]

    async def edit_one_of_many(
        self, company_id: str, number: int, wanted: Edit, by: Party, job_id: str, cause: Cause
    ) -> bool:
        """A bulk edit's change of one ticket; whether it changed anything. Raises what `fields.edit` raises."""
        ticket = await self._tickets.by_number(company_id, number)
        if await self._tickets.has_acted(ticket.id, cause):
            return True
        known = await self._editing.known(company_id, wanted.addresses)

        async def beside(change: Change[Ticket]) -> Work:
            return await self._editing.beside(change, cause)

        after = await self._tickets.change(
            company_id,
            ticket.id,
            lambda now: bulk_edit(now, wanted, by, known, operation_id=job_id),
            cause,
            also=beside,
        )
        return after.version != ticket.version

    async def undo_one_of_many(self, company_id: str, number: int, operation_id: str, cause: Cause) -> bool:
        """Take a bulk edit back on one ticket; whether it changed anything. Raises what `undo` raises."""
        ticket = await self._tickets.by_number(company_id, number)
        if await self._tickets.has_acted(ticket.id, cause):
            return True
        step = undoing.operation_with(operation_id, await self._several.entries(company_id, ticket.id))
        await self.undo(ticket, step.head["n"], cause)
        return True

    async def _concerned(self, company_id: str, ticket_id: str, step: undoing.Operation) -> list[str]:
        """The tickets of an operation: of a merge the survivor first, of a split the old one first."""
        data = step.head["data"]
        if step.what == "bulk_edit":
            return [ticket_id]
        if step.head["type"] == "ticket.split.v1":
            return [ticket_id, data["into"]["id"]]
        if step.head["type"] == "ticket.split_off.v1":
            return [data["origin"]["id"], ticket_id]
        if step.head["type"] == "ticket.absorbed.v1":
            return [ticket_id, *(one["id"] for one in data["merged"])]
        survivor_id = data["into"]["id"]
        entries = await self._several.entries(company_id, survivor_id)
        own = undoing.operation_with(step.id, entries)
        return [survivor_id, *(one["id"] for one in own.head["data"]["merged"])]


def _undo_merge(now: Loaded, entries: Mapping[str, list[Document]], survivor_id: str, operation_id: str) -> Changes:
    steps = {id_: undoing.operation_with(operation_id, entries[id_]) for id_ in now}
    others = {id_: (ticket, steps[id_]) for id_, ticket in now.items() if id_ != survivor_id}
    return undoing.undo_merge(now[survivor_id], steps[survivor_id], others)


def _undo_split(now: Loaded, entries: Mapping[str, list[Document]], ids: list[str], operation_id: str) -> Changes:
    old_id, new_id = ids
    old, new = (undoing.operation_with(operation_id, entries[id_]) for id_ in (old_id, new_id))
    return undoing.undo_split(now[old_id], old, now[new_id], new)


def _operation(cause: Cause) -> str:
    return derived_id("operation", cause.id)
