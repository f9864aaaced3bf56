"""Splitting: a part becomes a ticket of its own, and nothing private becomes public on the way."""

from typing import Any

import pytest
from pydantic import ValidationError

from balcao.shared.aggregate import Revision
from balcao.shared.events import (
    FileRef,
    Party,
    TicketNoted,
    TicketOpened,
    TicketSplit,
    TicketSplitOff,
)
from balcao.shared.timeline import Cause, tell
from balcao.tickets.domain.approval import Approval
from balcao.tickets.domain.conditions import CannotSplit, TicketIsResolved, UnknownWorkspace
from balcao.tickets.domain.conversation import requester_replied
from balcao.tickets.domain.production import follow
from balcao.tickets.domain.splitting import Split, split
from balcao.tickets.domain.status import resolve
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, EVA, LATER, TEAM, a_task, a_ticket, an_answer, opened

FILE = FileRef(file_id="sha256:1", name="logo.png", size=10)


def entries_of(*changes: Any) -> list[dict[str, Any]]:
    """The timeline that these changes leave."""
    told: list[dict[str, Any]] = []
    for n, change in enumerate(changes):
        cause = Cause(f"cause-{n}", "c", AT, None)
        after = change.before.entries
        told.extend(tell("tickets", "agencia", change.after.id, change.facts, cause, after=after).entries)
    return told


def noted(ticket: Ticket, text: str, **values: Any) -> Any:
    """A private note of Bia's."""
    return Revision(ticket).say(TicketNoted, author=BY_BIA, text=text, files=(FILE,), **values).done()


def split_off(ticket: Ticket | None = None, told: Any = (), **values: Any) -> Any:
    """What Ana's split makes: the old ticket's change and the new one's."""
    wanted = Split.model_validate({"title": "Cartão de visita"} | values)
    return split(
        ticket or a_ticket(),
        wanted,
        told,
        BY_ANA,
        TEAM,
        new_id="ticket-9",
        number=9,
        at=LATER,
        operation_id="op",
    )


def test_a_part_becomes_a_ticket_linked_both_ways() -> None:
    """W14: with its own status, priority and assignee."""
    ticket = a_ticket(priority=40, watchers=(EVA,), workspace_id="loja", kind="fix")
    old, new = split_off(ticket, text="Preciso de um cartão", priority=10, kind="quote", analyst_id="bia")
    assert [(link.kind, link.number) for link in old.after.links] == [("split_into", 9)]
    assert [(link.kind, link.number) for link in new.after.links] == [("split_from", 7)]
    ticket = new.after
    assert (ticket.number, ticket.title, ticket.requested) == (9, "Cartão de visita", "Preciso de um cartão")
    assert (ticket.status, ticket.stage, ticket.progress) == ("open", "triage", "todo")
    assert (ticket.priority, ticket.kind, ticket.analyst, ticket.workspace_id) == (10, "quote", BY_BIA, "loja")
    assert (ticket.requester, ticket.watchers) == (old.after.requester, (EVA,))
    assert [type(fact) for fact in new.facts][:2] == [TicketOpened, TicketSplitOff]
    assert old.after.priority == 40


def test_chosen_words_and_files_go_along() -> None:
    """W14: what the requester wrote, without what they quoted."""
    first = opened()
    second = requester_replied(first.after, an_answer(files=(FILE,)), "token")
    _, new = split_off(second.after, entries_of(first, second), text="Da segunda mensagem:", entries=[1, 2])
    assert new.after.requested == "Da segunda mensagem:\n\nPreciso de um banner.\n\nFicou bom!"
    assert new.after.requested_files == (FILE,)


def test_a_private_note_that_goes_along_stays_private() -> None:
    """W7, W14: it would be read by the requester as what they asked for."""
    first = opened()
    second = noted(first.after, "cliente difícil")
    _, new = split_off(second.after, entries_of(first, second), entries=[1, 2])
    assert "difícil" not in new.after.model_dump_json()
    assert not any(fact.public and "difícil" in fact.model_dump_json() for fact in new.facts)
    (note,) = [fact for fact in new.facts if isinstance(fact, TicketNoted)]
    assert (note.text, note.author, note.files) == ("cliente difícil", BY_BIA, (FILE,))


def test_a_colleagues_mail_that_goes_along_keeps_the_way_back_to_it() -> None:
    """W7, W14"""
    first = opened()
    second = noted(first.after, "Ok\n> antes", quote_at=3, message_id="m1", rule="token")
    _, new = split_off(second.after, entries_of(first, second), entries=[1, 2])
    (note,) = [fact for fact in new.facts if isinstance(fact, TicketNoted)]
    assert (note.quote_at, note.message_id, note.rule) == (3, "m1", "token")


def test_what_has_no_words_cannot_go_along() -> None:
    """W14"""
    first = opened()
    with pytest.raises(CannotSplit) as refused:
        split_off(first.after, entries_of(first), entries=[1, 5])
    assert refused.value.details == {"entries": [5]}


def test_something_must_go_along() -> None:
    with pytest.raises(ValidationError, match="say what goes along"):
        Split(title="Nada")


def test_tasks_stay_unless_they_are_chosen() -> None:
    """W14, H5: each ticket's stage follows the tasks it has."""
    done, going = a_task(id="a", state="completed"), a_task(id="b", state="open")
    ticket = follow(follow(a_ticket(stage="planning"), done, "created").after, going, "created").after
    assert ticket.stage == "production"
    old, new = split_off(ticket, tasks=["b"])
    assert ([task.id for task in old.after.tasks], [task.id for task in new.after.tasks]) == (["a"], ["b"])
    assert (old.after.stage, new.after.stage) == ("delivery", "production")
    assert old.after.moved_tasks == {"b": "ticket-9"}
    stay, _ = split_off(ticket, text="algo")
    assert len(stay.after.tasks) == 2


def test_a_task_that_went_along_is_followed_by_its_new_ticket_only() -> None:
    """W14, H5: production still names the old one."""
    going = a_task(id="b", state="open")
    old, new = split_off(follow(a_ticket(), going, "created").after, tasks=["b"])
    finished = going.model_copy(update={"version": 2, "state": "completed"})
    assert follow(old.after, finished, "completed").facts == ()
    assert follow(new.after, finished, "completed").after.stage == "delivery"


def test_a_strange_task_and_one_still_being_made_stay() -> None:
    """W14"""
    ticket = a_ticket(tasks=(a_task(id="a", state="requested", version=0),))
    for tasks in (["x"], ["a"]):
        with pytest.raises(CannotSplit) as refused:
            split_off(ticket, tasks=tasks)
        assert refused.value.details == {"tasks": tasks}


def test_a_finished_ticket_is_not_split() -> None:
    """W14"""
    with pytest.raises(TicketIsResolved):
        split_off(resolve(a_ticket(), "answered", AT).after, text="algo")


def test_another_workspace_brings_its_own_people() -> None:
    """H7, W14"""
    _, new = split_off(text="algo", workspace_id="loja")
    assert new.after.analyst == Party(person_id="caio", name="Caio", address="caio@agencia.test")
    with pytest.raises(UnknownWorkspace):
        split_off(text="algo", workspace_id="padaria")


def test_splitting_is_a_step_by_the_team_on_the_old_ticket() -> None:
    """H2, W14"""
    old, _ = split_off(text="algo")
    assert old.after.stage == "analysis"
    assert isinstance(old.facts[0], TicketSplit)


def test_a_task_whose_approval_is_asked_stays_until_it_is_answered() -> None:
    """W14, H4: the question was put to the requester of this ticket."""
    approval = Approval(id="a", task_id="task-1", asked_in=3, phase_id="x", asked_at=AT, expires_at=LATER)
    ticket = a_ticket(tasks=(a_task(), a_task(id="task-2", number=89)), approvals=(approval,))
    with pytest.raises(CannotSplit) as refused:
        split_off(ticket, tasks=["task-1", "task-2"])
    assert refused.value.details["asked"] == ["task-1"]
    assert split_off(ticket, tasks=["task-2"])[1].after.tasks
    answered = ticket.model_copy(update={"approvals": (approval.model_copy(update={"state": "approved"}),)})
    assert split_off(answered, tasks=["task-1"])[1].after.tasks
