"""The comment that is prepared for the requester when a date is promised (W9). Sending it stays optional."""

from datetime import datetime

from balcao.shared.language import Language
from balcao.tickets.domain.ticket import Ticket


def promise_words(ticket: Ticket, promised_for: datetime | None, before: datetime | None, language: Language) -> str:
    """What to tell the requester about the date, in the company's language: its first promise, another one, or none."""
    _ = language.gettext
    if promised_for is None:
        text = _("Hello%(name)s! We have to set a new date for your request #%(number)s, and will tell you soon.")
    elif before is None:
        text = _("Hello%(name)s! Your request #%(number)s is expected to be ready on %(day)s.")
    else:
        text = _(
            "Hello%(name)s! Your request #%(number)s is now expected to be ready on %(day)s, instead of %(before)s."
        )
    first_name = ticket.requester.name.split(" ", 1)[0]
    return text % {
        "name": f", {first_name}" if first_name else "",
        "number": ticket.number,
        "day": language.day(promised_for) if promised_for else "",
        "before": language.day(before) if before else "",
    }
