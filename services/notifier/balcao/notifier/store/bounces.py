"""Deliveries that came back: found by what a report says of them, and marked together with the fact that says so."""

from datetime import datetime
from typing import Any

from balcao.notifier.store import DELIVERIES
from balcao.notifier.store.deliveries import UNTIL_SETTLED
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import Stale
from balcao.shared.events import AnyEnvelope, MailBounced
from balcao.shared.mongo import Database, Document

MOST_MAILS_OF_A_TICKET = 500
MOST_REPORTS = 20
"""Reports remembered of one mail, so that each counts once."""


class BouncedDeliveries:
    """The mails among the deliveries, as reports of failure name them."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._deliveries = database[DELIVERIES]
        self._committer = committer

    async def by_id(self, company_id: str, delivery_id: str) -> Document | None:
        """The mail with this id, if it is the company's."""
        return await self._deliveries.find_one({"_id": delivery_id, "company_id": company_id, "channel": "mail"})

    async def of_ticket(self, company_id: str, ticket_id: str) -> list[Document]:
        """The newest mails about a ticket, the latest first."""
        query = {"company_id": company_id, "ticket_id": ticket_id}
        newest = self._deliveries.find(query, {"event": 0}).sort("at", -1).limit(MOST_MAILS_OF_A_TICKET)
        return [one for one in await newest.to_list(MOST_MAILS_OF_A_TICKET) if one["channel"] == "mail"]

    async def note(
        self, delivery: Document, report_id: str, bounce: MailBounced, at: datetime, said: AnyEnvelope
    ) -> bool:
        """Record a report on its mail and say so; false when that was done before. A delay changes no state.

        Raises `Stale` when the mail changes at this moment.
        """
        if report_id in delivery.get("reports", ()):
            return False
        version = delivery["version"]
        reports = [*delivery.get("reports", ()), report_id][-MOST_REPORTS:]
        values: dict[str, Any] = {"version": version + 1, "reports": reports, "reason": bounce.diagnostic[:500]}
        unset: tuple[str, ...] = ()
        if bounce.permanent:
            values |= {"state": "bounced", "bounced_at": at, "status": bounce.status}
            unset = UNTIL_SETTLED
        elif delivery["state"] != "bounced":
            values |= {"delayed_at": at, "status": bounce.status}
        try:
            await self._committer.save(
                Work(updates=[Update(DELIVERIES, delivery["_id"], version, values, unset)], events=[said])
            )
        except Conflict as conflict:
            raise Stale("the mail changes at this moment; look again") from conflict
        return True
