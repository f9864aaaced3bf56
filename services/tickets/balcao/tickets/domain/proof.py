"""Whether a message is from whom it names: what the company's own mail server found out about it, or the portal."""

from balcao.shared.events import MessageReceived


def is_proven(message: MessageReceived) -> bool:
    """Whether it is sure who wrote: signed in at the portal, or vouched for by the company's own mail server."""
    return message.channel == "portal" or (message.authentication is not None and message.authentication.authenticated)


def is_disproven(message: MessageReceived) -> bool:
    """Whether the company's own mail server says that it is not from the domain in From: DMARC (RFC 7489) failed.

    Where nothing is said, as of domains without such a policy, nothing is known: that is no reason to doubt anybody.
    What a person let in at intake, that person has judged.
    """
    said = message.authentication
    return said is not None and said.dmarc == "fail" and message.let_in_by is None
