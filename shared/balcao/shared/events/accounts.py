"""Facts about accounts, which `portal-api` keeps and says them."""

from pydantic import Field

from balcao.shared.events.envelope import Fact, Party


class PasswordForgotten(Fact):
    """Somebody who could not sign in asked for a link to a new password (P1).

    Public, since it is said to the account's person. Whoever reads the bus gets in by it no more than without: the
    link itself is signed when the mail is written.
    """

    type = "password.forgotten.v1"
    public = True

    recipient: Party = Field(description="The account's person, at the address of theirs that was given.")
