"""The table of a ticket's life: each row leads where it says, everything else is refused and says what is possible."""

import pytest

from balcao.shared.errors import Refused
from balcao.shared.events import Status
from balcao.tickets.domain import conditions
from balcao.tickets.domain.life import STATUSES, TRANSITIONS, Command, Transition, possible, target
from tests.unit.tickets.lives import COMMANDS, in_status

ROWS = [row for row in TRANSITIONS if row.before is not None]
CONDITIONS: dict[Status, type[Refused]] = {
    "draft": conditions.TicketIsDraft,
    "open": conditions.TicketIsOpen,
    "waiting": conditions.TicketIsWaiting,
    "resolved": conditions.TicketIsResolved,
    "closed": conditions.TicketIsClosed,
    "cancelled": conditions.TicketIsCancelled,
}
OTHER_NAMES: dict[tuple[Status, Command], type[Refused]] = {
    ("open", "reopen"): conditions.NothingToReopen,
    ("draft", "reopen"): conditions.NothingToReopen,
    **{(one, "submit"): conditions.TicketIsNoDraft for one in STATUSES if one != "draft"},
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.before} {row.command} {row.only}")
def test_each_row_of_the_table_leads_where_it_says(row: Transition) -> None:
    """W1, W2, W3, W4, W5, W6, O12, P4"""
    assert row.before is not None
    ticket = in_status(row.before, never_submitted=row.only == "never submitted")
    change = COMMANDS[row.command](ticket)
    assert change.after.status == row.after
    already = row.before == row.after and row.command in ("end", "take", "give_back")
    assert change.after.version == ticket.version + 1 or already


ILLEGAL = [(before, command) for before in STATUSES for command in COMMANDS if target(command, before) is None]


@pytest.mark.parametrize(("before", "command"), ILLEGAL)
def test_what_is_not_in_the_table_is_refused_by_name_and_says_what_is_possible(
    before: Status, command: Command
) -> None:
    """W1"""
    with pytest.raises(Refused) as refusal:
        COMMANDS[command](in_status(before))
    assert type(refusal.value) is OTHER_NAMES.get((before, command), CONDITIONS[before])
    assert refusal.value.details["ticket_status"] == before
    if command != "submit":
        who = next(row.who[0] for row in TRANSITIONS if row.command == command)
        assert refusal.value.details["possible"] == possible(before, who)


def test_every_row_names_a_command_that_is_there_and_a_rule() -> None:
    """W1: the table and the rules are about the same things."""
    assert {row.command for row in ROWS} == set(COMMANDS)
    assert all(row.rule for row in TRANSITIONS)


def test_no_two_rows_contradict_each_other() -> None:
    keys = [(row.command, row.before, row.only) for row in TRANSITIONS]
    assert len(keys) == len(set(keys))


def test_a_closed_ticket_is_left_by_nothing() -> None:
    """W6"""
    assert [row for row in TRANSITIONS if row.before == "closed"] == []
