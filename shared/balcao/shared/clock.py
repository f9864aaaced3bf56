"""The time as Balcão keeps it: UTC, whole milliseconds, because that is what the database keeps."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant in UTC, cut to milliseconds so that it survives a round trip through the database."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(instant: datetime) -> datetime:
    """Cut an aware instant to milliseconds in UTC.

    Raises `ValueError` for a naive datetime: a time without a zone is a guess.
    """
    if instant.tzinfo is None:
        raise ValueError("a time needs its zone")
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
