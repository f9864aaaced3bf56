"""Identifiers: random for what people start, derived for what an event leads to, so that a repeat makes nothing new."""

import uuid

_BALCAO = uuid.UUID("6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c")


def new_id() -> str:
    """A fresh random identifier."""
    return str(uuid.uuid4())


def derived_id(*parts: str) -> str:
    """The identifier that these parts always lead to (uuid5).

    What an event creates takes its id from the event: with random ids a redelivery would create a second one.
    """
    return str(uuid.uuid5(_BALCAO, "\x1f".join(parts)))
