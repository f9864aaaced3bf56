"""Which mail a report of failure is about."""

from typing import Any

import pytest

from balcao.notifier.domain.bounces import delivery_in, fact_of_returned, pick
from balcao.notifier.domain.deliveries import plan
from balcao.notifier.letters.compose import Composer
from balcao.shared.events import MailBounced
from tests.support.told_facts import COMPANY, REQUESTER, WATCHER, replied, said

SECRET = "a secret that only this test knows, 32+"  # pragma: allowlist secret


def mail(id_: str, address: str | None) -> dict[str, Any]:
    return {"_id": id_, "to": {"address": address, "name": "x"}, "event_id": "e", "ticket_id": "t"}


MAILS = [
    mail("cccccccc-3", WATCHER.address),
    mail("bbbbbbbb-2", REQUESTER.address),
    mail("aaaaaaaa-1", REQUESTER.address),
]


def test_our_own_message_id_names_the_delivery() -> None:
    for delivery in plan(said(replied()), COMPANY):
        assert delivery_in(Composer(SECRET).message_id(delivery, COMPANY)) == delivery.id


@pytest.mark.parametrize("other", [None, "", "<abc@cliente.example>", "<t.x.y.z@aurora.example>"])
def test_any_other_names_none(other: str | None) -> None:
    assert delivery_in(other) is None


def picked(**values: Any) -> str | None:
    found = pick(MailBounced(message_id="m", **values), MAILS)
    return found["_id"] if found else None


def test_the_return_path_names_it_too_and_else_it_is_the_last_one_to_the_address() -> None:
    assert picked(delivery_tag="aaaaaaaa") == "aaaaaaaa-1"
    assert picked(delivery_tag="AAAAAAAA", recipient=WATCHER.address) == "aaaaaaaa-1"
    assert picked(recipient=(REQUESTER.address or "").upper()) == "bbbbbbbb-2"


def test_a_report_that_names_neither_or_somebody_else_is_tied_to_no_mail() -> None:
    assert picked() is None
    assert picked(recipient="quem@fora.example") is None
    assert picked(delivery_tag="dddddddd", recipient=REQUESTER.address) is None


def test_what_is_said_tells_a_named_mail_from_a_found_one() -> None:
    (delivery, _) = plan(said(replied()), COMPANY)
    own = Composer(SECRET).message_id(delivery, COMPANY)
    assert fact_of_returned(MAILS[0], MailBounced(message_id="m", original_message_id=own)).certain
    assert not fact_of_returned(MAILS[0], MailBounced(message_id="m", original_message_id="<a@b>")).certain
