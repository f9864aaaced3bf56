"""When it is a person's hour to hear of their work of the day (W17). Pure."""

from datetime import date, datetime, time, timedelta

from balcao.notifier.domain.preferences import Digest

LATE = timedelta(hours=4)
"""After a stop it is made up for within this time; later the day is half over, and it is left."""


def day_due(digest: Digest, companys_zone: str, known_since: datetime, at: datetime) -> date | None:
    """The day whose work somebody hears of at this moment; none when it is not their hour, or they want none.

    Who was not known yet when the hour came hears of the next day's.
    """
    if not digest.on:
        return None
    zone = digest.zone(companys_zone)
    day = at.astimezone(zone).date()
    hour = datetime.combine(day, time(digest.hour), zone)
    if not hour <= at < hour + LATE or known_since >= hour:
        return None
    return day
