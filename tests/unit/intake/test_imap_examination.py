"""What an operator hears of mailboxes, and what counts as wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from balcao.intake.imap.examination import IN_TROUBLE_AFTER, in_words, problems
from balcao.intake.imap.position import Position
from balcao.intake.imap.standing import Condition, Standing

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG = IN_TROUBLE_AFTER + timedelta(seconds=1)
WELL = Standing(
    "suporte", "suporte@agencia.test", Position.first("all", 7, 9, AT), Condition("waiting", AT), AT.timestamp() + 30
)


def refused(since: datetime) -> Condition:
    """A wrong password since then."""
    return Condition("refused", since, "the server refuses", retry_at=AT + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("standing", "kinds"),
    [
        (WELL, []),
        (replace(WELL, condition=refused(AT - LONG)), ["mailbox_in_trouble"]),
        (replace(WELL, condition=refused(AT - IN_TROUBLE_AFTER)), []),
        (replace(WELL, leased_until=AT.timestamp() - 1), ["mailbox_untended"]),
        (replace(WELL, position=Position.first("all", 7, 9, AT).leaving(3, "broken", AT)), ["mails_left"]),
        (replace(WELL, name="antiga", leased_until=0.0), ["mailbox_untended"]),
    ],
    ids=["well", "in trouble", "in trouble for a moment", "let alone", "a mail left", "another one, and ours never"],
)
def test_what_is_wrong_with_mailboxes_is_found(standing: Standing, kinds: list[str]) -> None:
    assert [one.kind for one in problems([standing], {"suporte"}, AT)] == kinds


def test_a_mailbox_that_waits_for_its_next_try_is_not_let_alone() -> None:
    standing = replace(WELL, condition=replace(refused(AT), state="away"), leased_until=0.0)

    assert problems([standing], {"suporte"}, AT) == []


def test_a_mailbox_is_told_in_one_line() -> None:
    standing = replace(WELL, condition=replace(refused(AT), warning="UID STORE: no", behind=3), leased_until=0.0)

    assert in_words(standing, AT + timedelta(hours=1)) == (
        "mailbox suporte: refused since 2026-03-02 09:00 UTC; the server refuses; next try at 09:01:00 UTC; "
        "3 mails wait; not marked: UID STORE: no; no replica has it"
    )
