"""When a link to a new password is good (P1)."""

from datetime import UTC, datetime, timedelta

import pytest

from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.domain.new_password import PasswordLinkExpired, PasswordLinkUsed, require_good_link
from balcao.shared.tokens import NEW_PASSWORD_FOR, NewPasswordLink, address_digest

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
LINK = NewPasswordLink(company_id="aurora", person_id="zoe", asked_at=AT, to=address_digest("zoe@cliente.example"))
ZOE = Account(id="zoe", company_id="aurora", name="Zoë", addresses=("zoe@cliente.example",), password_hash="h")


@pytest.mark.parametrize("set_at", [None, AT - TICK], ids=["set before anybody noted when", "set before it was asked"])
def test_it_is_good_until_the_last_moment_of_two_hours(set_at: datetime | None) -> None:
    """P1"""
    account = ZOE.model_copy(update={"password_set_at": set_at})
    require_good_link(LINK, account, AT + NEW_PASSWORD_FOR - TICK)
    with pytest.raises(PasswordLinkExpired):
        require_good_link(LINK, account, AT + NEW_PASSWORD_FOR)


@pytest.mark.parametrize("set_at", [AT, AT + TICK], ids=["at that very moment", "later"])
def test_a_password_that_was_set_since_spends_it(set_at: datetime) -> None:
    """P1: using a newer link, an invitation, or changing it by hand."""
    with pytest.raises(PasswordLinkUsed):
        require_good_link(LINK, ZOE.model_copy(update={"password_set_at": set_at}), AT + TICK)


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"addresses": ("zoe@outra.example",)}],
    ids=["who left", "whose address it is no more"],
)
def test_it_is_not_good_for(change: dict[str, object]) -> None:
    """P1"""
    with pytest.raises(PasswordLinkExpired):
        require_good_link(LINK, ZOE.model_copy(update=change), AT + TICK)


def test_who_never_had_a_password_may_set_one_by_it() -> None:
    """P1: an invitation may have got lost, or grown old."""
    require_good_link(LINK, ZOE.model_copy(update={"password_hash": None}), AT + TICK)
