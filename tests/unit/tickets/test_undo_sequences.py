"""Whatever happens around held answers, in whatever order and however often: each is said once, or given back."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition
from balcao.shared.events import (
    Fact,
    TicketReplied,
    TicketReplyHeld,
    TicketReplyReturned,
    TicketReplyUndone,
)
from balcao.shared.rich_text import plain
from balcao.tickets.domain import conversation, production, stages, status, timers, undo_window, waiting
from balcao.tickets.domain.conversation import Comment
from balcao.tickets.domain.ticket import STAGES, Step, Ticket, Wait
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, an_answer, opened

STEPS = (
    None,
    Step(command="resolve"),
    Step(command="wait", wait=Wait(reason="visit", until=AT)),
    Step(command="reopen"),
)
OTHERS = ("cancel", "resolve", "spam", "reopen", "wait", "requester", "note", "stage")
Happening = tuple[str, int]


@dataclass
class Desk:
    """A ticket, and everything its changes said."""

    ticket: Ticket = field(default_factory=lambda: opened().after)
    said: list[Fact] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    minutes: int = 0

    def happens(self, what: str, n: int) -> None:
        """Something happens, if the rules allow it."""
        self.minutes += 1
        before = self.ticket
        try:
            change = self._change(what, n)
        except Condition:
            return
        if change.facts:
            assert change.after.version == before.version + 1
        self.ticket = change.after
        self.said.extend(change.facts)
        self.accepted.extend(fact.reply_id for fact in change.facts if isinstance(fact, TicketReplyHeld))

    def _change(self, what: str, n: int) -> Change[Ticket]:
        ticket, at = self.ticket, AT + timedelta(minutes=self.minutes)
        which = self.accepted[n % len(self.accepted)] if self.accepted else "none"
        if what == "answer":
            words = Comment(plain(f"palavras-{self.minutes}"), visible=True, step=STEPS[n % len(STEPS)])
            seconds = (15, 120, 0)[n % 3]
            id_ = f"reply-{self.minutes}"
            return undo_window.accept(ticket, words, BY_ANA, at, reply_id=id_, undo_seconds=seconds)
        return {
            "send": lambda: undo_window.send(ticket, which, at),
            "undo": lambda: undo_window.undo(ticket, which),
            "cancel": lambda: status.cancel(ticket),
            "resolve": lambda: status.resolve(ticket, "answered", at),
            "spam": lambda: status.resolve(ticket, "spam", at),
            "reopen": lambda: production.reopen(ticket, "team"),
            "wait": lambda: waiting.wait(ticket, Wait(reason="visit", until=at), BY_BIA),
            "requester": lambda: conversation.requester_replied(ticket, an_answer(), "token"),
            "note": lambda: conversation.comment(ticket, "nota", BY_BIA, at),
            "stage": lambda: stages.move(ticket, STAGES[n % 5], BY_BIA),
        }[what]()


happenings = st.lists(
    st.tuples(st.sampled_from(("answer", "answer", "send", "send", "undo", *OTHERS)), st.integers(0, 7)), max_size=40
)


@given(happenings)
@settings(max_examples=300, deadline=None)
def test_each_held_answer_is_said_once_or_given_back_once(sequence: list[Happening]) -> None:
    """W7: with sending and undoing doubled, late and in any order, and the ticket moving meanwhile."""
    desk = Desk()
    for what, n in sequence:
        desk.happens(what, n)
    ended: Counter[str] = Counter()
    for fact in desk.said:
        if isinstance(fact, TicketReplied | TicketReplyUndone | TicketReplyReturned):
            ended[fact.reply_id or ""] += 1
    del ended[""]  # said at once, for want of a window
    held = [one.id for one in desk.ticket.outgoing]
    assert set(ended.values()) <= {1}
    assert sorted([*ended, *held]) == sorted(desk.accepted)
    assert len(held) <= undo_window.MOST_GOING_OUT
    assert {moment.due for moment in timers.moments_of(desk.ticket) if moment.kind == "reply_out"} == {
        one.goes_out_at for one in desk.ticket.outgoing
    }


@given(happenings)
@settings(max_examples=150, deadline=None)
def test_words_that_were_not_sent_are_in_no_fact(sequence: list[Happening]) -> None:
    """W7: neither public nor private; the history keeps nothing that was taken back."""
    desk = Desk()
    words: dict[str, str] = {}
    for what, n in sequence:
        desk.happens(what, n)
        words |= {one.id: one.text for one in desk.ticket.outgoing}
    out = {fact.reply_id for fact in desk.said if isinstance(fact, TicketReplied)}
    told = "".join(fact.model_dump_json() for fact in desk.said)
    for reply_id, text in words.items():
        assert (f'"{text}"' in told) == (reply_id in out)


@given(happenings)
@settings(max_examples=150, deadline=None)
def test_nothing_is_said_to_spam_or_on_a_cancelled_ticket(sequence: list[Happening]) -> None:
    """W5, W7"""
    desk = Desk()
    for what, n in sequence:
        before, count = desk.ticket, len(desk.said)
        desk.happens(what, n)
        if any(isinstance(fact, TicketReplied) for fact in desk.said[count:]):
            assert before.status != "cancelled" or desk.ticket.status == "open"
            assert (before.status, before.resolution) != ("closed", "spam")
