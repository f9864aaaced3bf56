"""Editing a ticket's fields: gathers what the rule needs to know of the directory, then load → rule → save."""

from collections.abc import Iterable
from dataclasses import replace

from balcao.shared.aggregate import Change
from balcao.shared.commit import Work
from balcao.shared.events import Party, TagName
from balcao.shared.timeline import Cause
from balcao.tickets.domain.fields import Edit, Known, Project, edit
from balcao.tickets.domain.people import Person, guest
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store.directory import Directory, register_work
from balcao.tickets.store.tickets import Tickets


class Editing:
    """What the API and bulk edits call."""

    def __init__(self, tickets: Tickets, directory: Directory) -> None:
        self.tickets = tickets
        self._directory = directory

    async def known(self, company_id: str, addresses: Iterable[str] = ()) -> Known:
        """What the directory knows that an edit may name, and who owns these addresses."""
        tags = await self._directory.tags.all(company_id)
        projects = await self._directory.projects.all(company_id)
        people = {}
        for address in dict.fromkeys(addresses):
            person = await self._directory.person_at(company_id, address)
            if person is not None:
                people[address] = person.party().model_copy(update={"address": address})
        return Known(
            team=await self._directory.team(company_id),
            tags={
                id_: TagName(id=id_, name=tag.name, colour=tag.colour) for id_, tag in tags.items() if not tag.archived
            },
            projects={
                id_: Project(id_, project.name, project.workspace_id)
                for id_, project in projects.items()
                if not project.archived
            },
            people=people,
            named={id_: one.name for id_, one in (*tags.items(), *projects.items())},
        )

    async def edit(
        self, ticket: Ticket, wanted: Edit, by: Party, cause: Cause, *, expected_version: int | None = None
    ) -> Ticket:
        """Change the fields that were given a value. A requester nobody knows is registered in the same transaction;
        the workspace first given to a requester's ticket is remembered on their profile (O6).

        Raises what `fields.edit` raises, and `Stale`.
        """
        known = await self.known(ticket.company_id, wanted.addresses)
        new = self._newcomer(ticket.company_id, wanted, known)
        if new is not None:
            known = replace(known, people={**known.people, new.addresses[0]: new.party()})

        async def also(change: Change[Ticket]) -> Work:
            return await self.beside(change, cause, new)

        return await self.tickets.change(
            ticket.company_id,
            ticket.id,
            lambda now: edit(now, wanted, by, known),
            cause,
            expected_version=expected_version,
            also=also,
        )

    async def beside(self, change: Change[Ticket], cause: Cause, new: Person | None = None) -> Work:
        """What is saved with a change of fields: a newcomer's registration, and the workspace on a profile (O6)."""
        company_id, people = change.after.company_id, self._directory.people
        if new is not None and await people.find(company_id, new.id) is None:
            return register_work(new, cause, by_mail=False)
        return await people.remembering(change, cause)

    def _newcomer(self, company_id: str, wanted: Edit, known: Known) -> Person | None:
        """The requester named, when nobody has the address yet."""
        somebody = wanted.requester
        if somebody is None or somebody.address in known.people or known.team.owns(somebody.address):
            return None
        return guest(company_id, Party(name=somebody.name, address=somebody.address))
