"""Which of our mails a report of failure is about, and what is said of it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from balcao.shared.events import MailBounced, MailReturned, Party

_OUR_MESSAGE_ID = re.compile(r"<t\.[a-z2-7]{26}\.[a-z2-7]{13}\.([0-9a-f]{32})@", re.IGNORECASE)


def delivery_in(message_id: str | None) -> str | None:
    """The delivery that one of our own Message-IDs names. Whether it is one, its record says."""
    found = _OUR_MESSAGE_ID.match(message_id or "")
    if found is None:
        return None
    digits = found[1].lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def pick(bounce: MailBounced, mails: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Of the mails about a ticket, the latest first, the one that a report without our Message-ID must mean.

    By the tag of the return path, else the last one to the address that failed; nothing when neither is known.
    """
    for one in mails:
        if bounce.delivery_tag is not None:
            if one["_id"].startswith(bounce.delivery_tag.lower()):
                return one
        elif bounce.recipient is not None and is_to(one, bounce.recipient):
            return one
    return None


def is_to(mail: Mapping[str, Any], address: str) -> bool:
    """Whether a mail went to this address."""
    return bool((mail["to"].get("address") or "").casefold() == address.casefold())


def fact_of_returned(mail: Mapping[str, Any], bounce: MailBounced) -> MailReturned:
    """What is said of a mail that came back or is late."""
    return MailReturned(
        delivery_id=mail["_id"],
        fact_id=mail["event_id"],
        ticket_id=mail["ticket_id"],
        recipient=Party.model_validate(mail["to"]),
        permanent=bounce.permanent,
        status=bounce.status,
        reason=bounce.diagnostic[:1000],
        certain=delivery_in(bounce.original_message_id) is not None,
    )
