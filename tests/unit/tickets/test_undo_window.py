"""The undo window: what is held, what goes out whatever happens meanwhile, and what is given back."""

from datetime import timedelta

import pytest

from balcao.shared.aggregate import Change
from balcao.shared.events import (
    FileRef,
    TicketNoted,
    TicketReopened,
    TicketReplied,
    TicketReplyHeld,
    TicketReplyReturned,
    TicketReplyUndone,
    TicketResolved,
    TicketStageEntered,
    TicketWaitStarted,
)
from balcao.shared.rich_text import clean, plain
from balcao.tickets.domain import conversation, stages, status, timers, undo_window, unsent
from balcao.tickets.domain.conditions import (
    EmptyComment,
    NotARecipient,
    ReplyIsOut,
    TicketIsClosed,
    TicketIsResolved,
    TooManyGoingOut,
)
from balcao.tickets.domain.conversation import Comment
from balcao.tickets.domain.ticket import Step, Ticket, Wait
from tests.unit.tickets.builders import (
    AT,
    BY_ANA,
    BY_BIA,
    DORA,
    EVA,
    LATER,
    a_message,
    an_answer,
    kinds,
    opened,
)

SHEET = FileRef(file_id="sha256:bb", name="lista.pdf", size=3)
ANSWER = Comment(plain("Segue o banner"), visible=True)
RESOLVE = Step(command="resolve", method="answered")
OUT = AT + timedelta(seconds=15)


def fresh() -> Ticket:
    return opened(a_message(others=(EVA,))).after


def in_analysis() -> Ticket:
    return stages.move(fresh(), "analysis", BY_ANA).after


def accepted(ticket: Ticket, said: Comment = ANSWER, reply_id: str = "reply-1", seconds: int = 15) -> Change[Ticket]:
    return undo_window.accept(ticket, said, BY_ANA, AT, reply_id=reply_id, undo_seconds=seconds)


def test_a_visible_answer_is_held_and_says_none_of_its_words() -> None:
    """W7: nobody outside may hear of what can still be taken back, and nobody inside reads it in the history later."""
    change = accepted(in_analysis())
    (fact,) = change.facts
    assert isinstance(fact, TicketReplyHeld)
    assert (fact.reply_id, fact.goes_out_at, fact.public) == ("reply-1", OUT, False)
    assert "banner" not in fact.model_dump_json(exclude={"ticket"})
    (held,) = change.after.outgoing
    assert (held.text, [one.address for one in held.recipients]) == (
        "Segue o banner",
        ["dora@cliente.test", "eva@cliente.test"],
    )


def test_accepting_it_takes_the_ticket_and_leaves_triage() -> None:
    """H2, W3: two agents must not answer at once."""
    assert kinds(accepted(fresh())) == [TicketStageEntered, TicketReplyHeld]


@pytest.mark.parametrize(
    ("said", "seconds", "facts"),
    [
        (Comment(plain("só nós")), 15, [TicketNoted]),
        (ANSWER, 0, [TicketReplied]),
        (Comment(plain(""), visible=True, step=RESOLVE), 15, [TicketResolved]),
    ],
    ids=["a note", "no window", "no words"],
)
def test_what_nobody_outside_gets_or_has_no_window_is_not_held(said: Comment, seconds: int, facts: list[type]) -> None:
    """W7, W8"""
    assert kinds(accepted(in_analysis(), said, seconds=seconds)) == facts


def test_it_goes_out_as_it_was_confirmed() -> None:
    """W7: people who came meanwhile, and what the requester wrote meanwhile, change nothing of it."""
    ticket = accepted(in_analysis(), Comment(clean("<p>Segue o <b>banner</b></p>"), visible=True)).after
    ticket = conversation.requester_replied(ticket, an_answer(sender=EVA), "token").after
    ticket = ticket.model_copy(update={"watchers": (*ticket.watchers, BY_BIA)})
    change = undo_window.send(ticket, "reply-1", OUT)
    (fact,) = change.facts
    assert isinstance(fact, TicketReplied)
    assert fact.quoted_by is not None
    assert fact.quoted_by.address == "dora@cliente.test"
    assert (fact.text, fact.html) == ("Segue o banner", "<p>Segue o <b>banner</b></p>")
    assert [one.address for one in fact.recipients] == ["dora@cliente.test", "eva@cliente.test"]
    assert fact.threading.in_reply_to == "<1@cliente.test>"
    assert fact.reply_id == "reply-1"
    assert change.after.outgoing == ()
    assert change.after.highlight == "reply", "the requester's new words are still to be looked at"


def test_sending_it_again_does_nothing() -> None:
    """W7: exactly once"""
    sent = undo_window.send(accepted(in_analysis()).after, "reply-1", OUT).after
    assert undo_window.send(sent, "reply-1", LATER).facts == ()


@pytest.mark.parametrize(
    ("step", "facts", "status_after"),
    [
        (RESOLVE, [TicketReplied, TicketResolved], "resolved"),
        (Step(command="wait", wait=Wait(reason="visit", until=LATER)), [TicketReplied, TicketWaitStarted], "waiting"),
    ],
    ids=["resolve", "wait"],
)
def test_the_change_of_situation_is_made_when_it_goes_out(step: Step, facts: list[type], status_after: str) -> None:
    """W5, W8: in the same transaction, not before"""
    held = accepted(in_analysis(), Comment(plain("Pronto"), visible=True, step=step)).after
    assert held.status == "open"
    change = undo_window.send(held, "reply-1", OUT)
    assert kinds(change) == facts
    assert change.after.status == status_after


def test_answering_a_resolved_ticket_can_reopen_it_in_the_same_submit() -> None:
    """W8"""
    resolved = status.resolve(in_analysis(), "answered", AT).after
    with pytest.raises(TicketIsResolved):
        accepted(resolved)
    held = accepted(resolved, Comment(plain("Mais uma coisa"), visible=True, step=Step(command="reopen"))).after
    assert held.status == "resolved"
    assert kinds(undo_window.send(held, "reply-1", OUT)) == [TicketReopened, TicketReplied]


def test_an_answer_that_takes_a_cancelled_ticket_up_again_goes_out() -> None:
    """W8: it was cancelled before; that is what the answer is about."""
    cancelled = status.cancel(in_analysis()).after
    held = accepted(cancelled, Comment(plain("Vamos fazer"), visible=True, step=Step(command="reopen"))).after
    assert kinds(undo_window.send(held, "reply-1", OUT)) == [TicketReopened, TicketReplied]


def test_what_is_illegal_now_is_refused_at_once() -> None:
    """W5, W8: not fifteen seconds later, when nobody looks any more"""
    closed = status.resolve(in_analysis(), "spam", AT).after
    with pytest.raises(TicketIsClosed):
        accepted(closed)
    with pytest.raises(EmptyComment):
        accepted(in_analysis(), Comment(plain("  "), visible=True))


def test_it_goes_out_although_somebody_resolved_the_ticket_meanwhile() -> None:
    """W7: somebody outside waits for it. Its own change of situation is left out, and the fact says so."""
    held = accepted(in_analysis(), Comment(plain("Pronto"), visible=True, step=RESOLVE)).after
    resolved = status.resolve(held, "no_response", AT).after
    change = undo_window.send(resolved, "reply-1", OUT)
    (fact,) = change.facts
    assert isinstance(fact, TicketReplied)
    assert fact.step_refused == "ticket-is-resolved"
    assert (change.after.status, change.after.resolution) == ("resolved", "no_response")


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        (status.cancel(accepted(in_analysis()).after).after, "cancelled"),
        (status.resolve(accepted(in_analysis()).after, "spam", AT).after, "spam"),
        (status.resolve(accepted(in_analysis()).after, "unknown_sender", AT).after, "unknown_sender"),
    ],
    ids=["cancelled", "spam", "unknown sender"],
)
def test_a_ticket_that_was_given_up_gives_it_back(ticket: Ticket, reason: str) -> None:
    """W5, W7: to spam goes no mail; and nothing is lost"""
    change = undo_window.send(ticket, "reply-1", OUT)
    (fact,) = change.facts
    assert isinstance(fact, TicketReplyReturned)
    assert (fact.reason, fact.author, fact.public) == (reason, BY_ANA, False)
    assert change.after.outgoing == ()


def test_undoing_gives_back_words_recipients_files_visibility_and_situation() -> None:
    """W7"""
    said = Comment(
        clean("<p>Oi</p>"), visible=True, files=(SHEET,), add=(BY_BIA,), remove=("eva@cliente.test",), step=RESOLVE
    )
    ticket = in_analysis().model_copy(update={"highlight": "reply"})
    held = accepted(ticket, said).after
    assert held.highlight is None
    change = undo_window.undo(held, "reply-1")
    assert kinds(change) == [TicketReplyUndone]
    assert (change.after.outgoing, change.after.highlight) == ((), "reply")
    kept = unsent.given_back(held, held.outgoing[0], "undone", AT)
    assert (kept.text, kept.html, kept.visible, kept.returned) == ("Oi", "<p>Oi</p>", True, "undone")
    assert kept.files == (SHEET,)
    assert (kept.add, kept.remove, kept.step, kept.begun_on) == (
        (BY_BIA,),
        ("eva@cliente.test",),
        RESOLVE,
        ticket.version,
    )


def test_what_is_out_cannot_be_undone() -> None:
    """W7"""
    sent = undo_window.send(accepted(in_analysis()).after, "reply-1", OUT).after
    with pytest.raises(ReplyIsOut):
        undo_window.undo(sent, "reply-1")


def test_several_answers_are_held_apart_up_to_a_bound() -> None:
    """W7"""
    ticket = in_analysis()
    for n in range(undo_window.MOST_GOING_OUT):
        ticket = accepted(ticket, reply_id=f"reply-{n}").after
    with pytest.raises(TooManyGoingOut):
        accepted(ticket, reply_id="one more")
    after = undo_window.send(ticket, "reply-2", OUT).after
    assert [one.id for one in after.outgoing] == ["reply-0", "reply-1", "reply-3", "reply-4"]


def test_holding_an_answer_arms_the_timer_that_sends_it() -> None:
    """W7: the timer follows from the ticket, whichever rule changed it"""
    change = accepted(in_analysis())
    assert timers.Moment("reply_out", OUT) in timers.newly_armed(change, AT)
    assert timers.newly_armed(accepted(in_analysis(), seconds=0), AT) == ()


def test_recipients_can_be_changed_for_one_answer() -> None:
    """W7, W11"""
    ticket = in_analysis()
    one = conversation.recipients(ticket, BY_ANA, add=(BY_BIA, EVA), remove=())
    assert [party.address for party in one] == ["dora@cliente.test", "eva@cliente.test", "bia@agencia.test"]
    assert conversation.recipients(ticket, BY_ANA, remove=("eva@cliente.test",)) == (DORA_AS_REQUESTER,)
    with pytest.raises(NotARecipient):
        conversation.recipients(ticket, BY_ANA, remove=("dora@cliente.test",))
    with pytest.raises(NotARecipient):
        conversation.recipients(ticket, BY_ANA, remove=("ninguem@cliente.test",))
    assert ticket.watchers == (EVA,)


DORA_AS_REQUESTER = fresh().requester
assert DORA_AS_REQUESTER.address == DORA.address
