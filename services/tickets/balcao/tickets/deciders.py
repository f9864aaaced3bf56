"""Asks those who decide about a mail that `intake` holds: intake does not know who is of the team."""

from contextlib import suppress

from balcao.shared.commit import AlreadyDone
from balcao.shared.events import Envelope, MailDecisionAsked, MailHeld
from balcao.shared.timeline import Cause
from balcao.tickets.desk import Desk
from balcao.tickets.domain.admission import deciders


async def name_deciders(desk: Desk, event: Envelope[MailHeld]) -> None:
    """Say who is asked: the same people as about somebody unknown (O3). Doing it again changes nothing."""
    team = await desk.directory.team(event.companyid)
    held = event.data
    fact = MailDecisionAsked(
        message_id=held.message_id, sender=held.sender, subject=held.subject, deciders=deciders(team)
    )
    with suppress(AlreadyDone):
        await desk.held.ask(event.companyid, fact, Cause.of(event))
