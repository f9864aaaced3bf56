"""When an invitation is good (O3): signed by us, not too old, and for somebody who has no password yet."""

from datetime import datetime

from balcao.portal_api.domain.accounts import Account
from balcao.shared.errors import Invalid, Refused
from balcao.shared.tokens import Invitation, address_digest


class InvitationBroken(Invalid):
    """This link is broken."""


class InvitationExpired(Refused):
    """This invitation is not good any more."""


class InvitationUsed(Refused):
    """This invitation was used already."""


class HasPassword(Refused):
    """This person has a password already."""


class NoPublicUrl(Refused):
    """There is no public address to invite anybody to."""


def require_good(invitation: Invitation, account: Account, at: datetime) -> None:
    """Raise `InvitationUsed` or `InvitationExpired` unless it lets this person set their first password now.

    Who left is not let in, and neither is who has the mailbox of an address that is no longer this person's.
    """
    if account.password_hash is not None or account.invitation == invitation.nonce:
        raise InvitationUsed("this link has done its work; sign in with the password that was set")
    is_theirs = invitation.to in {address_digest(address) for address in account.addresses}
    if at >= invitation.expires_at or not is_theirs or not account.may_sign_in():
        raise InvitationExpired("ask whoever invited you for another one")
