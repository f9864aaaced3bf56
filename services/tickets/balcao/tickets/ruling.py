"""Rules on top and approvals: loads what the rules need to know, lets them decide, saves."""

from balcao.shared.errors import NotFound
from balcao.shared.events import Envelope, TagName, TaskRuleFired
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting
from balcao.tickets.domain import approving, rules_on_top
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.following import each
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.tickets import Tickets


class Ruling:
    """What rules do to tickets, and what requesters answer."""

    def __init__(self, tickets: Tickets, directory: Directory) -> None:
        self._tickets = tickets
        self._directory = directory

    async def apply(self, event: Envelope[TaskRuleFired]) -> None:
        """A rule fired: each ticket of the task does what it says, once, however often this comes."""
        company_id, rule = event.companyid, event.data
        company = (await self._directory.team(company_id)).company
        tags = await self._directory.tags.all(company_id) if rule.add_tags else {}
        known = rules_on_top.Known(
            company.calendar(),
            {id_: TagName(id=id_, name=one.name, colour=one.colour) for id_, one in tags.items() if not one.archived},
        )

        async def one(ticket_id: str) -> None:
            await self._tickets.change(
                company_id,
                ticket_id,
                lambda ticket: rules_on_top.apply(ticket, rule, known, event.time),
                Cause.of(event),
            )

        await each(rule.task.ticket_ids, one)

    async def answer(
        self,
        ticket: Ticket,
        approval_id: str,
        verdict: approving.Verdict,
        comment: str,
        cause: Cause,
        channel: approving.Channel,
    ) -> Ticket:
        """The requester answers. Raises what `approving.answer` raises."""
        return await self._tickets.change(
            ticket.company_id,
            ticket.id,
            lambda now: approving.answer(now, approval_id, verdict, comment, cause.at, channel=channel),
            cause,
            loaded=ticket,
        )

    async def ticket_of(self, acting: Acting, ticket_id: str) -> Ticket:
        """The ticket whose requester is acting. Raises `NotFound` for anybody else, whatever they may see of it."""
        ticket = await self._tickets.find(acting.company_id, ticket_id)
        if ticket is None or not ticket.is_requester(acting.person_id, acting.address):
            raise NotFound("there is nothing here for you")
        return ticket
