"""When a link to a new password is good (P1): signed by us, not too old, and asked for after the last one was set."""

from datetime import datetime

from balcao.portal_api.domain.accounts import Account
from balcao.shared.errors import Invalid, Refused
from balcao.shared.tokens import NewPasswordLink, address_digest


class NoAddressGiven(Invalid):
    """A mail address is needed."""


class PasswordLinkBroken(Invalid):
    """This link is broken."""


class PasswordLinkExpired(Refused):
    """This link is not good any more."""


class PasswordLinkUsed(Refused):
    """This link was used already, or the password was changed since."""


def require_good_link(link: NewPasswordLink, account: Account, at: datetime) -> None:
    """Raise `PasswordLinkUsed` or `PasswordLinkExpired` unless it lets this person set another password now.

    Setting a password, by whatever way, spends all links that were asked for before.
    """
    if account.password_set_at is not None and account.password_set_at >= link.asked_at:
        raise PasswordLinkUsed("sign in with the password that was set, or ask for another link")
    is_theirs = link.to in {address_digest(address) for address in account.addresses}
    if at >= link.expires_at or not is_theirs or not account.may_sign_in():
        raise PasswordLinkExpired("ask for another link at the sign-in page")
