"""Reports of failure that intake has read: each is tied to the mail it is about, and said."""

import structlog
from prometheus_client import Counter

from balcao.notifier.domain.bounces import delivery_in, fact_of_returned, pick
from balcao.notifier.store.bounces import BouncedDeliveries
from balcao.shared import telemetry
from balcao.shared.clock import now
from balcao.shared.errors import Stale
from balcao.shared.events import AnyEnvelope, Envelope, MailBounced
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document

MOST_TRIES = 8

RETURNED = Counter("balcao_mail_returned_total", "Reports of failure, by whether their mail was found.", ["outcome"])

_log = structlog.get_logger()


class Bounces:
    """What the handler calls."""

    def __init__(self, deliveries: BouncedDeliveries) -> None:
        self._deliveries = deliveries

    async def take(self, event: Envelope[MailBounced]) -> None:
        """Note a report on the mail it is about, once however often it comes. One about no mail of ours ends here:
        anybody can write such a report, so it marks nothing."""
        for _ in range(MOST_TRIES):
            mail = await self._find(event)
            if mail is None:
                RETURNED.labels("unknown").inc()
                _log.info("bounce.no_such_mail", message_id=event.data.message_id)
                return
            try:
                if await self._deliveries.note(mail, event.id, event.data, now(), _said(event, mail)):
                    RETURNED.labels("bounced" if event.data.permanent else "delayed").inc()
                    _log.info("mail.returned", delivery_id=mail["_id"], permanent=event.data.permanent)
                return
            except Stale:
                continue
        raise Stale("this mail's record changes too quickly")

    async def _find(self, event: Envelope[MailBounced]) -> Document | None:
        bounce, company_id = event.data, event.companyid
        named = delivery_in(bounce.original_message_id)
        if named is not None:
            return await self._deliveries.by_id(company_id, named)
        if bounce.ticket_id is None:
            return None
        # A mail about no ticket signs its own id in place of a ticket's.
        mail = await self._deliveries.by_id(company_id, bounce.ticket_id)
        if mail is not None:
            return mail
        return pick(bounce, await self._deliveries.of_ticket(company_id, bounce.ticket_id))


def _said(event: Envelope[MailBounced], mail: Document) -> AnyEnvelope:
    """The fact in its envelope; its id follows from the report and the mail, so that a repeat is recognisable."""
    fact = fact_of_returned(mail, event.data)
    return Envelope(
        id=derived_id(event.id, fact.type, mail["_id"]),
        source="notifier",
        type=fact.type,
        subject=fact.ticket_id or fact.delivery_id,
        time=event.time,
        correlationid=event.correlationid,
        causationid=event.id,
        companyid=event.companyid,
        traceparent=telemetry.traceparent(),
        data=fact,
    )
