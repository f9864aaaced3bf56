"""Words on a ticket: what goes out, what stays inside, and what an answer does."""

import pytest

from balcao.shared.events import (
    Party,
    Threading,
    ThreadingEvidence,
    TicketActionPlanWritten,
    TicketAutoReplyAttached,
    TicketMailBounced,
    TicketNoted,
    TicketReopened,
    TicketReplied,
    TicketRequesterReplied,
    TicketResolved,
)
from balcao.shared.rich_text import plain
from balcao.tickets.domain import conversation, stages, status, waiting
from balcao.tickets.domain.conditions import (
    EmptyComment,
    NothingToReopen,
    TicketIsCancelled,
    TicketIsClosed,
    TicketIsResolved,
)
from balcao.tickets.domain.conversation import Comment
from balcao.tickets.domain.ticket import Step, Ticket, Wait
from tests.unit.tickets.builders import (
    AT,
    BY_ANA,
    BY_BIA,
    DORA,
    EVA,
    TEAM,
    a_message,
    a_ticket,
    an_answer,
    kinds,
    moves,
    opened,
)


def in_analysis() -> Ticket:
    return stages.move(opened(a_message(others=(EVA,))).after, "analysis", BY_ANA).after


def test_a_comment_is_private_unless_said_otherwise() -> None:
    """W7"""
    change = conversation.comment(in_analysis(), "Cliente difícil", BY_ANA, AT)
    assert kinds(change) == [TicketNoted]
    assert not TicketNoted.public


def test_a_visible_comment_goes_to_requester_and_watchers_once_each() -> None:
    """W7"""
    twice = Party(name="Eva de novo", address="eva@cliente.test")
    ticket = in_analysis().model_copy(update={"watchers": (EVA, twice, DORA, Party(name="sem endereço"))})
    change = conversation.comment(ticket, "Segue o banner", BY_ANA, AT, visible=True)
    (fact,) = change.facts
    assert isinstance(fact, TicketReplied)
    assert [one.address for one in fact.recipients] == ["dora@cliente.test", "eva@cliente.test"]
    assert TicketReplied.public


def test_who_writes_a_visible_comment_doesnt_get_it() -> None:
    """W7"""
    ticket = in_analysis().model_copy(update={"watchers": (EVA, BY_BIA)})
    assert [one.address for one in conversation.recipients(ticket, BY_BIA)] == ["dora@cliente.test", "eva@cliente.test"]


def test_an_answer_lands_in_the_requesters_thread_and_quotes_their_last_words() -> None:
    """O4, W7"""
    ticket = conversation.requester_replied(in_analysis(), an_answer(), "token").after
    fact = conversation.comment(ticket, "Que bom", BY_ANA, AT, visible=True).facts[0].model_dump()
    assert fact["threading"]["in_reply_to"] == "<2@cliente.test>"
    assert fact["threading"]["references"] == ("<1@cliente.test>", "<nosso@agencia.test>", "<2@cliente.test>")
    assert (fact["quoted"], fact["quoted_by"]["address"]) == ("Ficou bom!", "dora@cliente.test")


def test_the_words_of_somebody_in_copy_are_quoted_as_theirs() -> None:
    """W7, W11: whoever reads the answer must not take them for the requester's."""
    ticket = conversation.requester_replied(in_analysis(), an_answer(sender=EVA), "token").after
    (fact,) = conversation.comment(ticket, "Que bom", BY_ANA, AT, visible=True).facts
    assert isinstance(fact, TicketReplied)
    assert fact.quoted_by == EVA
    first = conversation.comment(in_analysis(), "Que bom", BY_ANA, AT, visible=True).facts[0].model_dump()
    assert first["quoted_by"]["address"] == "dora@cliente.test"


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_comment_is_refused(text: str) -> None:
    """W7"""
    with pytest.raises(EmptyComment):
        conversation.comment(in_analysis(), text, BY_ANA, AT)


def test_answering_takes_the_ticket_out_of_the_highlight_and_a_note_doesnt() -> None:
    """W4"""
    ticket = in_analysis().model_copy(update={"highlight": "reply"})
    assert conversation.comment(ticket, "nota", BY_ANA, AT).after.highlighted
    assert not conversation.comment(ticket, "resposta", BY_ANA, AT, visible=True).after.highlighted


@pytest.mark.parametrize("visible", [True, False], ids=["answer", "note"])
def test_commenting_and_resolving_is_one_step(visible: bool) -> None:
    """W5, W8"""
    change = conversation.comment(in_analysis(), "Pronto", BY_ANA, AT, visible=visible, then_resolve="answered")
    assert kinds(change) == [TicketReplied if visible else TicketNoted, TicketResolved]
    assert (change.after.status, change.after.version) == ("resolved", change.before.version + 1)
    assert all(fact.model_dump()["ticket"]["status"] == "resolved" for fact in change.facts)


def test_a_resolved_ticket_takes_no_comment_before_it_is_reopened() -> None:
    """W1, W7"""
    with pytest.raises(TicketIsResolved):
        conversation.comment(status.resolve(in_analysis(), "answered", AT).after, "mais uma coisa", BY_ANA, AT)


def test_words_that_open_a_ticket_are_said_although_somebody_has_opened_it() -> None:
    """W8: and without any there is nothing to do, which is refused."""
    reopening = Comment(plain("Retomamos"), step=Step(command="reopen"))
    assert kinds(conversation.write(in_analysis(), reopening, BY_ANA, AT)) == [TicketNoted]
    with pytest.raises(NothingToReopen):
        conversation.write(in_analysis(), Comment(plain(""), step=Step(command="reopen")), BY_ANA, AT)


def test_the_action_plan_keeps_what_was_there_before_in_the_history() -> None:
    """W10"""
    ticket = conversation.write_action_plan(in_analysis(), "Fazer um banner", BY_ANA).after
    change = conversation.write_action_plan(ticket, "Fazer dois", BY_ANA)
    (fact,) = change.facts
    assert isinstance(fact, TicketActionPlanWritten)
    assert (fact.before, fact.text, change.after.action_plan) == ("Fazer um banner", "Fazer dois", "Fazer dois")
    assert conversation.write_action_plan(change.after, "Fazer dois", BY_ANA).facts == ()


@pytest.mark.parametrize(
    "ticket",
    [
        waiting.wait(in_analysis(), Wait(reason="more_information"), BY_ANA).after,
        status.resolve(in_analysis(), "answered", AT).after,
    ],
    ids=["waiting", "resolved"],
)
def test_a_reply_puts_a_waiting_or_resolved_ticket_back_in_service(ticket: Ticket) -> None:
    """W2"""
    change = conversation.requester_replied(ticket, an_answer(), "token")
    assert kinds(change) == [TicketReopened, TicketRequesterReplied]
    assert (change.after.status, change.after.progress, change.after.highlighted) == ("open", "in_progress", True)
    assert change.facts[-1].model_dump()["reopened"] is True
    assert change.after.stage == "analysis"


def test_a_reply_to_an_open_ticket_only_adds_to_it() -> None:
    """W2"""
    change = conversation.requester_replied(in_analysis(), an_answer(), "token")
    (fact,) = change.facts
    assert isinstance(fact, TicketRequesterReplied)
    assert (fact.reopened, fact.rule, fact.text) == (False, "token", "Ficou bom!\n> Segue o banner")
    assert change.after.highlighted


@pytest.mark.parametrize(
    ("ticket", "refusal"),
    [
        (status.cancel(in_analysis()).after, TicketIsCancelled),
        (status.resolve(in_analysis(), "spam", AT).after, TicketIsClosed),
    ],
    ids=["cancelled", "closed"],
)
def test_a_ticket_that_is_final_takes_no_reply(ticket: Ticket, refusal: type[Exception]) -> None:
    """W2: its sender would get no answer; the message opens a new one (see threading)."""
    with pytest.raises(refusal):
        conversation.requester_replied(ticket, an_answer(), "token")


def test_an_answer_to_any_of_their_mails_is_recognised_later() -> None:
    """O1"""
    ticket = conversation.requester_replied(in_analysis(), an_answer(), "token").after
    assert ticket.message_ids == ("<1@cliente.test>", "<2@cliente.test>")


def test_of_many_mails_the_latest_are_remembered() -> None:
    """O1"""
    ticket = in_analysis()
    for n in range(60):
        message = an_answer(internet_message_id=f"<m{n}@cliente.test>", evidence=ThreadingEvidence())
        ticket = conversation.requester_replied(ticket, message, "token").after
    assert len(ticket.message_ids) == 50
    assert ticket.message_ids[-1] == "<m59@cliente.test>"
    assert len(ticket.threading.references) == 20
    assert ticket.threading.in_reply_to == "<m59@cliente.test>"


def test_a_message_by_the_portal_leaves_the_mail_thread_as_it_is() -> None:
    """O1"""
    ticket = in_analysis()
    message = an_answer(channel="portal", internet_message_id=None)
    assert conversation.requester_replied(ticket, message, "token").after.threading == ticket.threading


def test_what_somebody_wrote_themselves_ends_where_the_quote_begins() -> None:
    """O8"""
    assert conversation.own_words(an_answer()) == "Ficou bom!"
    assert conversation.own_words(an_answer(quote_at=None)) == "Ficou bom!\n> Segue o banner"


def test_a_machines_answer_is_kept_and_changes_nothing() -> None:
    """W2"""
    ticket = status.resolve(in_analysis(), "answered", AT).after
    change = conversation.attach_auto_reply(ticket, DORA, "Férias", "Volto em maio", "message-9")
    assert kinds(change) == [TicketAutoReplyAttached]
    assert (change.after.status, change.after.highlighted) == ("resolved", False)
    assert not TicketAutoReplyAttached.public


@pytest.mark.parametrize("permanent", [True, False])
def test_a_mail_that_did_not_arrive_shows(permanent: bool) -> None:
    """W7"""
    ticket = in_analysis()
    change = conversation.note_undelivered(ticket, "dora@cliente.test", "550 no such user", permanent=permanent)
    assert kinds(change) == [TicketMailBounced]
    assert change.after.highlighted is permanent
    assert not TicketMailBounced.public


def test_a_colleagues_mail_is_a_private_note() -> None:
    """W7: a From line can be forged."""
    change = conversation.note_by_mail(in_analysis(), an_answer(sender=BY_BIA), BY_BIA, TEAM)
    assert kinds(change) == [TicketNoted]
    note = change.facts[0]
    assert isinstance(note, TicketNoted)
    assert note.text[: note.quote_at] == "Ficou bom!\n"


def test_a_colleagues_mail_is_kept_whole_with_the_way_back_to_it() -> None:
    """W7: what they say to the requester's last words changes nothing of these, nor of the requester's thread."""
    before = in_analysis()
    mail = an_answer(sender=BY_BIA, text="x" * 9_000 + "\n> antes", quote_at=9_001)
    change = conversation.note_by_mail(before, mail, BY_BIA, TEAM, rule="token")
    note = change.facts[0]
    assert isinstance(note, TicketNoted)
    assert (note.text, note.quote_at, note.message_id, note.rule) == (mail.text, 9_001, "message-2", "token")
    assert change.after.message_ids == (*before.message_ids, "<2@cliente.test>")
    assert (change.after.last_words, change.after.threading) == (before.last_words, before.threading)


def test_a_colleagues_mail_without_words_of_its_own_says_so() -> None:
    """W7"""
    change = conversation.note_by_mail(in_analysis(), an_answer(text="> antes", quote_at=0), BY_BIA, TEAM)
    note = change.facts[0]
    assert isinstance(note, TicketNoted)
    assert (note.text, note.quote_at, note.message_id) == ("(sem texto)", None, "message-2")


def test_a_colleagues_mail_doesnt_reopen_a_resolved_ticket() -> None:
    """W2"""
    ticket = status.resolve(a_ticket(), "answered", AT).after
    change = conversation.note_by_mail(ticket, an_answer(), BY_BIA, TEAM)
    assert (change.after.status, moves(change)) == ("resolved", [])


def test_whoever_is_let_in_becomes_a_watcher_once() -> None:
    """O4"""
    ticket = opened(a_message()).after
    change = conversation.with_watcher(conversation.requester_replied(ticket, an_answer(), "accepted"), EVA)
    assert change.after.watchers == (EVA,)
    again = conversation.with_watcher(conversation.requester_replied(change.after, an_answer(), "accepted"), EVA)
    assert again.after.watchers == (EVA,)


def test_the_thread_of_a_first_mail_is_that_mail() -> None:
    """O4"""
    assert opened().after.threading == Threading(in_reply_to="<1@cliente.test>", references=("<1@cliente.test>",))
