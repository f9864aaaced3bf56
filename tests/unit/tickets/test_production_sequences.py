"""Any tasks, their facts told twice, late and out of order, the team and the requester busy meanwhile: the ticket ends
where H5 says, and every transition and notice happens once."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition
from balcao.shared.events import TicketStageEntered, TicketTaskFollowed
from balcao.tickets.domain import conversation, production, stages, status, waiting
from balcao.tickets.domain.ticket import STAGES, Ticket, Wait
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, a_ticket, an_answer
from tests.unit.tickets.task_histories import News, deliveries, newest, several_lives, where_h5_says

PRODUCTIONS_DOING = ("task_created", "production_finished", "task_reopened", "tasks_cancelled")

late_and_twice = several_lives().flatmap(lambda happened: st.tuples(st.just(happened), deliveries(happened)))


def heard(ticket: Ticket, news: News) -> Change[Ticket]:
    return production.follow(ticket, news.task, news.what)


def asked(ids: set[str]) -> Ticket:
    """A ticket that asked for these tasks."""
    ticket = a_ticket()
    for task_id in sorted(ids):
        ticket = production.request_task(ticket, task_id, BY_ANA).after
    return ticket


def entered(change: Change[Ticket]) -> list[TicketStageEntered]:
    return [fact for fact in change.facts if isinstance(fact, TicketStageEntered)]


@settings(deadline=None)
@given(late_and_twice, st.booleans())
def test_in_whatever_order_and_how_often_facts_come_the_ticket_ends_where_h5_says(
    told: tuple[list[News], list[News]], was_asked: bool
) -> None:
    """H3, H4, H5, H6"""
    happened, arrived = told
    ids = {news.task.id for news in happened}
    ticket = asked(ids) if was_asked else a_ticket()
    for news in arrived:
        ticket = heard(ticket, news).after
    assert ticket.stage == where_h5_says(newest(happened))
    assert {task.id: task for task in ticket.tasks} == {id_: news.task for id_, news in newest(happened).items()}


@settings(deadline=None)
@given(several_lives(), st.data())
def test_told_in_order_every_transition_happens_once_and_at_its_moment(
    happened: list[News], data: st.DataObject
) -> None:
    """H3, H4, H5: the history has exactly the moves that somebody would write down who watches the tasks."""
    ticket, watched = a_ticket(), list[News]()
    for news in happened:
        before, ticket_before = (where_h5_says(newest(watched)) if watched else None), ticket
        watched.append(news)
        now = where_h5_says(newest(watched))
        change = heard(ticket, news)
        said = [(fact.before, fact.stage) for fact in entered(change)]
        assert said == ([(ticket_before.stage, now)] if now != before else [])
        ticket = change.after
        repeated = heard(ticket, data.draw(st.sampled_from(watched)))
        assert repeated.facts == ()


@settings(deadline=None)
@given(late_and_twice)
def test_nobody_is_told_twice_of_one_finish_nor_not_at_all_of_the_last_one(told: tuple[list[News], list[News]]) -> None:
    """H4, H5: a finish is known by how often work had begun on the tasks until then."""
    happened, arrived = told
    ticket, finishes = asked({news.task.id for news in happened}), list[int]()
    for number, news in enumerate(arrived, start=1):
        change = heard(ticket, news)
        ticket = change.after
        if any(fact.reason == "production_finished" for fact in entered(change)):
            finishes.append(beginnings(newest(arrived[:number])))
    assert len(finishes) == len(set(finishes))
    if where_h5_says(newest(happened)) == "delivery":
        assert finishes[-1] == beginnings(newest(happened))


def beginnings(known: dict[str, News]) -> int:
    return sum(news.task.rounds for news in known.values())


@dataclass
class Paper:
    """The ticket as somebody would keep it on paper: where it is, and what its tasks were when it last moved."""

    stage: str = "triage"
    status: str = "open"
    known: dict[str, News] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    minded: tuple[str, int] = ("", 0)
    told_finished: int = 0

    @property
    def in_service(self) -> bool:
        return self.status in ("open", "waiting")

    def touched(self) -> None:
        if self.stage == "triage":
            self.stage = "analysis"

    def mind_production(self) -> None:
        """Look at the tasks; go where they say when that is news."""
        begun = beginnings(self.known)
        missing = self.asked - set(self.known)
        says = "production" if missing else where_h5_says(self.known)
        before, self.minded = self.minded, (says, begun)
        if says == "production":
            self.stage = says if begun > before[1] else self.stage
        elif self.minded != before:
            self.stage = says
            self.told_finished += says == "delivery"

    def hear(self, news: News) -> bool:
        """Whether it was news."""
        old = self.known.get(news.task.id)
        if old is not None and old.task.version >= news.task.version:
            return False
        self.known[news.task.id] = news
        if self.in_service:
            self.mind_production()
        return True

    def back_in_service(self) -> None:
        was_away = not self.in_service
        self.status = "open"
        if was_away and (self.known or self.asked):
            self.mind_production()


Command = tuple[str, str]
COMMANDS = st.one_of(
    st.tuples(st.just("stage"), st.sampled_from(STAGES)),
    st.tuples(st.just("ask"), st.sampled_from(["task-0", "task-1", "task-2", "never"])),
    st.tuples(
        st.sampled_from(
            [
                "note",
                "answer",
                "answer and resolve",
                "plan",
                "wait",
                "resolve",
                "spam",
                "cancel",
                "reopen",
                "reply",
                "analyst",
            ]
        ),
        st.just(""),
    ),
)


def do(ticket: Ticket, command: Command, step: int) -> Change[Ticket]:
    what, which = command
    rules: dict[str, Callable[[], Change[Ticket]]] = {
        "stage": lambda: stages.move(ticket, which, BY_ANA),  # type: ignore[arg-type]
        "ask": lambda: production.request_task(ticket, which, BY_ANA),
        "note": lambda: conversation.comment(ticket, f"nota {step}", BY_ANA, AT),
        "answer": lambda: conversation.comment(ticket, f"resposta {step}", BY_ANA, AT, visible=True),
        "answer and resolve": lambda: conversation.comment(
            ticket, f"resposta {step}", BY_ANA, AT, visible=True, then_resolve="answered"
        ),
        "plan": lambda: conversation.write_action_plan(ticket, f"plano {step}", BY_ANA),
        "wait": lambda: waiting.wait(ticket, Wait(reason="more_information"), BY_ANA),
        "resolve": lambda: status.resolve(ticket, "answered", AT),
        "spam": lambda: status.resolve(ticket, "spam", AT),
        "cancel": lambda: status.cancel(ticket),
        "reopen": lambda: production.reopen(ticket, "team"),
        "reply": lambda: conversation.requester_replied(ticket, an_answer(), "token"),
        "analyst": lambda: stages.assign_analyst(ticket, BY_BIA if step % 2 else BY_ANA, BY_ANA),
    }
    return rules[what]()


ENDS = {"resolve": "resolved", "answer and resolve": "resolved", "spam": "closed", "cancel": "cancelled"}


def on_paper(paper: Paper, command: Command) -> bool:
    """Do the command on paper; whether it is possible at all (W1, W2)."""
    what, which = command
    if what in ("reply", "reopen"):
        possible = {"reply": ("open", "waiting", "resolved"), "reopen": ("waiting", "resolved", "cancelled")}[what]
        if paper.status not in possible:
            return False
        if paper.status != "open":
            paper.back_in_service()
        return True
    if not paper.in_service:
        return False
    if what == "stage":
        paper.stage = which
    elif what not in ("resolve", "spam", "cancel"):
        paper.touched()
    if what == "ask":
        paper.asked.add(which)
    elif what == "wait":
        paper.status = "waiting"
    paper.status = ENDS.get(what, paper.status)
    return True


def meaningless(paper: Paper, command: Command) -> bool:
    """What the paper can't tell: asking for a task again, or assigning the analyst that is there, changes nothing."""
    what, which = command
    return (what == "ask" and which in {*paper.asked, *paper.known}) or what == "analyst"


@settings(deadline=None, max_examples=300)
@given(late_and_twice, st.lists(COMMANDS, max_size=15), st.data())
def test_with_the_team_and_the_requester_busy_meanwhile_it_is_where_the_paper_says(
    told: tuple[list[News], list[News]], commands: list[Command], data: st.DataObject
) -> None:
    """H1-H6, W1, W2: after every single step; versions and entries grow by what was said."""
    waiting_news, waiting_commands = list(told[1]), list(commands)
    ticket, paper, told_finished, step = a_ticket(), Paper(), 0, 0
    while waiting_news or waiting_commands:
        step += 1
        if waiting_commands and (not waiting_news or data.draw(st.booleans())):
            command = waiting_commands.pop(0)
            if meaningless(paper, command):
                continue
            try:
                change = do(ticket, command, step)
            except Condition:
                assert not on_paper(paper, command)
                continue
            assert on_paper(paper, command)
        else:
            news = waiting_news.pop(0)
            change = heard(ticket, news)
            assert bool(change.facts) == paper.hear(news)
            assert sum(isinstance(fact, TicketTaskFollowed) for fact in change.facts) <= 1
        told_finished += sum(fact.reason == "production_finished" for fact in entered(change))
        check_change(ticket, change)
        ticket = change.after
        assert (ticket.stage, ticket.status, told_finished) == (paper.stage, paper.status, paper.told_finished)
        check_ticket(ticket)


def check_change(before: Ticket, change: Change[Ticket]) -> None:
    grown = 1 if change.facts else 0
    assert (change.after.version, change.after.entries) == (before.version + grown, before.entries + len(change.facts))
    where = before.stage
    for move in entered(change):
        assert move.before == where
        where = move.stage
    assert where == change.after.stage
    for fact in change.facts:
        assert fact.model_dump()["ticket"] == change.after.ref().model_dump()


def check_ticket(ticket: Ticket) -> None:
    """What must be true of every ticket (W1, W4, W5)."""
    assert ticket.active == (ticket.status in ("draft", "open", "waiting"))
    assert (ticket.progress is not None) == (ticket.status == "open")
    assert (ticket.wait is not None) == (ticket.status == "waiting")
    assert (ticket.resolution is not None) == (ticket.status in ("resolved", "closed"))
    assert (ticket.resolved_at is not None) == (ticket.resolution is not None)
    assert len({task.id for task in ticket.tasks}) == len(ticket.tasks)
    assert not (ticket.progress == "todo" and ticket.stage == "analysis")
