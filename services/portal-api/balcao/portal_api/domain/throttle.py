"""How many sign-in tries are too many. Fixed windows: the count starts anew with each."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Limit:
    """At most `most` tries of one kind in each window of `window`."""

    kind: str
    most: int
    window: timedelta

    def window_ends(self, at: datetime) -> datetime:
        """The end of the window that `at` lies in."""
        length = self.window.total_seconds()
        return datetime.fromtimestamp((math.floor(at.timestamp() / length) + 1) * length, UTC)

    def wait_s(self, tries: int, at: datetime) -> int | None:
        """Seconds until the next try makes sense when this was try number `tries`; none when it may go on."""
        if tries <= self.most:
            return None
        return max(1, math.ceil((self.window_ends(at) - at).total_seconds()))


PER_ADDRESS = Limit("address", 10, timedelta(minutes=15))
"""Guessing one person's password."""
PER_INVITATION = Limit("invitation", 30, timedelta(minutes=15))
"""Trying invitations from one place."""
PER_FORGETFUL = Limit("forgetful", 5, timedelta(hours=1))
"""Asking for links to one person's new password: each is a mail to them."""
PER_FORGETTING_CLIENT = Limit("forgetting-client", 30, timedelta(minutes=15))
"""Asking for many people's links from one place."""
PER_PASSWORD_LINK = Limit("password-link", 30, timedelta(minutes=15))
"""Trying links to new passwords from one place."""
PER_INVITED = Limit("invited", 5, timedelta(hours=1))
"""Inviting one person again and again: each is a mail to them."""
PER_CLIENT = Limit("client", 100, timedelta(minutes=15))
"""Guessing many people's passwords from one place. An office behind one address stays well below it."""
