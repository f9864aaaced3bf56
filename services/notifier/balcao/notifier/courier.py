"""Carries one mail to the relay and records how it ended: sent, put off, or refused."""

import asyncio
import random
from datetime import datetime, timedelta

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Histogram
from pymongo.errors import PyMongoError

from balcao.notifier.destinations import Destinations, DestinationWaits, Outcome, Turn
from balcao.notifier.domain.deliveries import (
    Delivery,
    fact_of_failed,
    fact_of_loop,
    fact_of_sent,
    next_try,
)
from balcao.notifier.domain.kinds import Kind
from balcao.notifier.hurdles import Hurdles, Later, NotSent
from balcao.notifier.identities import CannotSign
from balcao.notifier.letters.headers import AddressUnusable
from balcao.notifier.letters.mail import Mail
from balcao.notifier.mail_out import MailOut, MailRefused, RefusedForNow, RelayAway, TryLater
from balcao.notifier.scribe import Scribe
from balcao.notifier.store.deliveries import Deliveries
from balcao.shared import telemetry
from balcao.shared.clock import now
from balcao.shared.events import AnyEnvelope, CompanyProfile, Envelope, MailFailed, MailLoopBroken, MailSent
from balcao.shared.ids import derived_id
from balcao.shared.mongo import DATABASE_AWAY

MOST_IN_DOUBT = 16
"""Mails between their claim and the note of their outcome, so that no more can go out twice when we die."""
INSISTS_EVERY_S = 0.3
LEASE_MARGIN_S = 5.0
"""Time to record the outcome after the last moment a mail may be on its way."""

MAILS = Counter("balcao_mail_tries_total", "Mails by how a try to send them ended.", ["kind", "outcome"])
HANDED_OVER = Histogram(
    "balcao_mail_handed_over_seconds",
    "Time from a fact to its mail being with the relay.",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3600),
)

_log = structlog.get_logger()


class Courier:
    """Sends claimed deliveries, each within the lease it was claimed under."""

    def __init__(
        self,
        deliveries: Deliveries,
        scribe: Scribe,
        hurdles: Hurdles,
        destinations: Destinations,
        mail_out: MailOut,
        *,
        patience_s: float,
        give_up_after: timedelta,
    ) -> None:
        self._deliveries = deliveries
        self._scribe = scribe
        self._hurdles = hurdles
        self._destinations = destinations
        self._mail_out = mail_out
        self._patience_s = patience_s
        self._give_up_after = give_up_after
        self._in_doubt = asyncio.Semaphore(MOST_IN_DOUBT)

    def lease(self) -> datetime:
        """Until when a claim made now has to last, so that nobody else sends the same mail meanwhile."""
        return now() + timedelta(seconds=self._patience_s + LEASE_MARGIN_S)

    async def carry(self, delivery: Delivery, company: CompanyProfile, lease_until: datetime) -> None:
        """Try to send a mail claimed until `lease_until`; returns once the outcome is recorded durably.

        Raises only the database's errors: the outcome is then unknown to it, and the delivery is tried again.
        """
        hurdle = await self._hurdles.before(delivery)
        if isinstance(hurdle, NotSent):
            await self._refuse(delivery, company, hurdle)
        elif isinstance(hurdle, Later):
            await self._wait(delivery, hurdle.until, hurdle.reason)
        else:
            await self._take_turn(delivery, company, lease_until)

    async def _take_turn(self, delivery: Delivery, company: CompanyProfile, lease_until: datetime) -> None:
        """Send once the recipient's domain has room, and few enough mails are in doubt."""
        try:
            async with asyncio.timeout(self._left(lease_until)):
                turn = await self._destinations.enter(delivery.telling.recipient.address or "")
                try:
                    await self._in_doubt.acquire()
                except BaseException:
                    turn.leave("unknown")
                    raise
        except DestinationWaits as error:
            await self._wait(delivery, now() + timedelta(seconds=error.wait_s), str(error))
            return
        except TimeoutError:
            await self._wait(delivery, next_try(0, now(), random.random()), "the mails before it took too long")
            return
        try:
            await self._carry(delivery, company, lease_until, turn)
        finally:
            self._in_doubt.release()

    async def _carry(self, delivery: Delivery, company: CompanyProfile, lease_until: datetime, turn: Turn) -> None:
        try:
            async with asyncio.timeout(self._left(lease_until)):
                mail = await self._send(delivery, company, turn)
        except (MailRefused, AddressUnusable) as error:
            await self._fail(delivery, company, str(error), "refused", getattr(error, "status", None))
        except RelayAway as error:
            await self._put_off(delivery, company, str(error), away_s=error.wait_s)
        except (TryLater, CannotSign) as error:
            await self._put_off(delivery, company, str(error))
        except TimeoutError:
            await self._put_off(delivery, company, f"took longer than {self._patience_s:g} s")
        except PyMongoError:
            raise
        except Exception as error:
            # A mistake of ours must not lose the mail: it waits, is tried again, and is seen to have failed at the end.
            _log.exception("mail.not_written", delivery_id=delivery.id, kind=delivery.telling.kind, exc_info=error)
            await self._put_off(delivery, company, f"{type(error).__name__}: {error}")
        else:
            await self._record_sent(delivery, mail, lease_until)

    async def _send(self, delivery: Delivery, company: CompanyProfile, turn: Turn) -> Mail:
        outcome: Outcome = "unknown"
        try:
            mail = await self._scribe.write(delivery, company)
            with telemetry.span("notifier.smtp_send", SpanKind.CLIENT, bytes=len(mail.raw)):
                await self._mail_out.send(mail)
            outcome = "taken"
        except MailRefused:
            outcome = "taken"  # its server does answer
            raise
        except RefusedForNow as error:
            outcome = "refused_for_now" if error.by_domain else "unknown"
            raise
        finally:
            turn.leave(outcome)
        return mail

    def _left(self, lease_until: datetime) -> float:
        return (lease_until - now()).total_seconds() - LEASE_MARGIN_S

    async def _record_sent(self, delivery: Delivery, mail: Mail, lease_until: datetime) -> None:
        """Insist for as long as the mail is ours: nobody else knows that it went out, and it would go out once more."""
        kind, at = delivery.telling.kind, now()
        MAILS.labels(kind, "sent").inc()
        HANDED_OVER.labels(kind).observe(max(0.0, (at - delivery.event.time).total_seconds()))
        while True:
            try:
                await self._note_sent(delivery, mail, at)
                break
            except DATABASE_AWAY:
                if now() > lease_until:
                    raise
                await asyncio.sleep(INSISTS_EVERY_S)
        _log.debug("mail.sent", delivery_id=delivery.id, kind=kind)

    async def _note_sent(self, delivery: Delivery, mail: Mail, at: datetime) -> None:
        if delivery.telling.kind is Kind.REPLY:
            said = _said(delivery, fact_of_sent(delivery, mail.message_id, at))
            if not await self._deliveries.settle(delivery, said, state="sent", at=at):
                _log.warning("mail.taken_over_while_sent", delivery_id=delivery.id)
        else:
            await self._deliveries.mark_sent(delivery)

    async def _put_off(
        self, delivery: Delivery, company: CompanyProfile, reason: str, away_s: float | None = None
    ) -> None:
        """Try again later: soon when the relay is away, ever later when it is this mail that is not taken."""
        kind, at = delivery.telling.kind, now()
        if delivery.since is not None and at - delivery.since > self._give_up_after:
            await self._fail(delivery, company, f"given up: {reason}", "given_up")
            return
        tries = delivery.tries + (away_s is None)
        until = next_try(tries, at, random.random()) if away_s is None else at + timedelta(seconds=away_s + 0.1)
        await self._deliveries.put_off(delivery, until=until, tries=tries, reason=reason)
        MAILS.labels(kind, "put_off").inc()
        _log.info("mail.put_off", delivery_id=delivery.id, kind=kind, tries=tries)

    async def _wait(self, delivery: Delivery, until: datetime, reason: str) -> None:
        """Try again later through no fault of this mail's, however long that goes on."""
        await self._deliveries.put_off(delivery, until=until, tries=delivery.tries, reason=reason)
        MAILS.labels(delivery.telling.kind, "held_back").inc()
        _log.debug("mail.held_back", delivery_id=delivery.id, kind=delivery.telling.kind)

    async def _refuse(self, delivery: Delivery, company: CompanyProfile, hurdle: NotSent) -> None:
        """Not sent at all, and said so; a loop is said as such."""
        if hurdle.loop is None:
            await self._fail(delivery, company, hurdle.reason, "not_sent")
            return
        fact = fact_of_loop(delivery, hurdle.loop.most, hurdle.loop.within_s)
        await self._settle_refused(delivery, fact, hurdle.reason, "loop")

    async def _fail(
        self, delivery: Delivery, company: CompanyProfile, reason: str, outcome: str, status: str | None = None
    ) -> None:
        fact = fact_of_failed(delivery, self._scribe.message_id(delivery, company), reason, status)
        await self._settle_refused(delivery, fact, reason, outcome)

    async def _settle_refused(
        self, delivery: Delivery, fact: MailFailed | MailLoopBroken, reason: str, outcome: str
    ) -> None:
        if await self._deliveries.settle(delivery, _said(delivery, fact), state="refused", at=now(), reason=reason):
            MAILS.labels(delivery.telling.kind, outcome).inc()
            _log.warning("mail.refused", delivery_id=delivery.id, kind=delivery.telling.kind, outcome=outcome)


def _said(delivery: Delivery, fact: MailSent | MailFailed | MailLoopBroken) -> AnyEnvelope:
    """The fact in its envelope; its id follows from the delivery, so that a repeat is recognisable."""
    event = delivery.event
    return Envelope(
        id=derived_id(delivery.id, fact.type),
        source="notifier",
        type=fact.type,
        subject=delivery.about.id,
        time=now(),
        correlationid=event.correlationid,
        causationid=event.id,
        companyid=event.companyid,
        traceparent=telemetry.traceparent(),
        data=fact,
    )
