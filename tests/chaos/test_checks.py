"""The checks themselves: content with a run in which all went well, and each able to notice what it is there for."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from balcao.notifier.courier import MOST_IN_DOUBT
from tests.chaos.checks import check
from tests.chaos.holdings import Holdings
from tests.chaos.mailbox import Mailbox
from tests.chaos.record import Comment, Expected, Record
from tests.support.desk_company import AGENT, PLANNER

SENDER = "dora@loja.test"


def went_well(folder: Path) -> tuple[Holdings, Record]:
    """One mail, one ticket with a completed task, a private note, a visible answer, and the requester's reply."""
    record = Record(
        accepted=Counter({"<1@loja.test>": 1, "<2@loja.test>": 1}),
        handed_over=Counter({"<1@loja.test>": 2, "<2@loja.test>": 1}),
        delivered=Counter({"<3@loja.test>": 1}),
        openings={"<1@loja.test>": SENDER},
        replies={"<2@loja.test>": 1},
        tickets={1: Expected("completed", ("delivery",), "open", (1, 1), (0, 0), 1, 1)},
        comments=[Comment(1, "SEGREDO", visible=False), Comment(1, "RESPOSTA", visible=True)],
        kills=Counter({"notifier": 1}),
    )
    told = [
        ("ticket.opened.v1", {"message_id": "m1"}),
        ("ticket.noted.v1", {"text": "SEGREDO"}),
        ("ticket.replied.v1", {"text": "Olá RESPOSTA"}),
        ("ticket.requester_replied.v1", {"message_id": "m2"}),
        ("ticket.stage_entered.v1", {"reason": "production_finished"}),
    ]
    entries = [
        {"_id": f"e{n}", "of": "t1", "n": n, "type": kind, "public": "noted" not in kind, "data": data}
        for n, (kind, data) in enumerate(told, start=1)
    ]
    task = {"_id": "k1", "number": 1, "version": 2, "state": "completed", "entries": 2}
    ticket = {
        "_id": "t1",
        "number": 1,
        "message_ids": ["<1@loja.test>"],
        "stage": "delivery",
        "status": "open",
        "entries": len(entries),
        "requester": {"address": SENDER},
        "tasks": [{"id": "k1", "version": 2, "state": "completed"}],
    }
    deliveries = [
        _delivery(event, kind, channel, to)
        for event, kind, channels, people in (
            ("e1", "acknowledgement", ("mail",), (SENDER,)),
            ("e1", "ticket_opened", ("mail", "in_app"), (AGENT,)),
            ("e3", "reply", ("mail",), (SENDER,)),
            ("e4", "requester_replied", ("mail", "in_app"), (AGENT,)),
            ("e5", "production_finished", ("mail", "in_app"), (AGENT, PLANNER)),
        )
        for channel in channels
        for to in people
    ]
    mailbox = Mailbox(folder)
    for one in deliveries:
        if one["channel"] == "mail":
            catch(folder, one, "RESPOSTA" if one["kind"] == "reply" else "…")
    mailbox.look()
    return Holdings(
        tickets=[ticket],
        ticket_entries=entries,
        tasks=[{**task, "tickets": [{"number": 1, "cancelled_at": None}]}],
        task_entries=[
            {"of": "k1", "n": n, "type": kind} for n, kind in ((1, "task.created.v1"), (2, "task.completed.v1"))
        ],
        mails=[
            {"_id": f"m{n}", "message_id": f"<{n}@loja.test>", "outcome": "accepted", "envelope": envelope}
            for n, envelope in enumerate(({}, {}, {"mailbox": "suporte@agencia.test"}), start=1)
        ],
        repeats=[{"mail_id": "m1"}],
        unmarked=[],
        deliveries=deliveries,
        people=[{"addresses": [SENDER]}],
        outboxes=Counter(),
        queues=Counter(),
        caught=mailbox.mails,
        mailbox=mailbox,
    ), record


def _delivery(event: str, kind: str, channel: str, to: str) -> dict[str, Any]:
    id_ = f"{event}-{kind}-{channel}-{to.partition('@')[0]}"
    return {"_id": id_, "event_id": event, "kind": kind, "channel": channel, "to": {"address": to}, "state": "sent"}


def catch(folder: Path, delivery: dict[str, Any], text: str) -> None:
    """A mail comes to its recipient."""
    index = folder / "index.jsonl"
    number = len(index.read_text().splitlines()) + 1 if index.exists() else 1
    message_id = f"<t.x.{delivery['_id'].replace('-', '')}@agencia.test>"
    row = {
        "id": number,
        "recipients": [delivery["to"]["address"]],
        "subject": "[#1] Olá",
        "message_id": message_id,
        "in_reply_to": "",
        "reply_to": "",
        "auto_submitted": "",
    }
    Path(folder, f"{number:08}.eml").write_text(f"Message-ID: {message_id}\n\n{text}\n")
    with index.open("a") as file:
        file.write(json.dumps(row) + "\n")


def differing(holdings: Holdings, record: Record) -> list[str]:
    """The checks that found something."""
    return [finding.name for finding in check(holdings, record) if finding.differences]


def test_a_run_in_which_all_went_well_has_no_differences(tmp_path: Path) -> None:
    assert differing(*went_well(tmp_path)) == []


OTHER = _delivery("e5", "work_arrived", "in_app", AGENT)
Spoil = Callable[[Holdings, Record], object]

SPOILED: list[tuple[str, str, Spoil]] = [
    ("an accepted mail is gone", "mails in", lambda h, r: h.mails.pop(0)),
    ("a mail is stored twice", "mails in", lambda h, r: h.mails.append({**h.mails[0], "_id": "m9"})),
    ("a mail was held", "mails in", lambda h, r: h.mails[0].update(outcome="held")),
    ("an arrival is not in the ledger", "mails in", lambda h, r: r.accepted.update({"<1@loja.test>": 2})),
    ("a fetched mail is gone", "mails fetched", lambda h, r: h.mails.pop()),
    ("a fetched mail is there twice", "mails fetched", lambda h, r: h.mails.append({**h.mails[2], "_id": "m9"})),
    ("a fetched mail was held", "mails fetched", lambda h, r: h.mails[2].update(outcome="held")),
    ("a mail is not marked", "mails fetched", lambda h, r: h.unmarked.append("")),
    ("a mail is fetched again for no reason", "mails fetched", lambda h, r: h.repeats.append({"mail_id": "m3"})),
    ("a ticket is missing", "openings", lambda h, r: h.tickets.clear()),
    ("a mail is two tickets", "openings", lambda h, r: h.tickets.append({**h.tickets[0], "_id": "t2", "number": 2})),
    ("a ticket has no mail", "openings", lambda h, r: h.tickets[0].update(message_ids=["<9@x.test>"])),
    ("a reply is lost", "replies", lambda h, r: h.ticket_entries.pop(3)),
    ("a reply is there twice", "replies", lambda h, r: h.ticket_entries.append({**h.ticket_entries[3], "n": 6})),
    ("a reply is elsewhere", "replies", lambda h, r: r.replies.update({"<2@loja.test>": 2})),
    ("a number is given twice", "numbers", lambda h, r: h.tasks.append({**h.tasks[0], "_id": "k2"})),
    ("a sender is two people", "numbers", lambda h, r: h.people.append({"addresses": [SENDER]})),
    ("delivery came twice", "transitions", lambda h, r: h.ticket_entries.append({**h.ticket_entries[4], "_id": "e6"})),
    ("delivery never came", "transitions", lambda h, r: h.ticket_entries.pop()),
    ("the stage is wrong", "transitions", lambda h, r: h.tickets[0].update(stage="production")),
    ("a task is doubled", "tasks", lambda h, r: h.tasks.append({**h.tasks[0], "_id": "k2", "number": 2})),
    ("a completion is doubled", "tasks", lambda h, r: h.task_entries.append({**h.task_entries[1], "n": 3})),
    ("the ticket missed a fact", "tasks", lambda h, r: h.tickets[0]["tasks"][0].update(version=1, state="open")),
    ("a note is doubled", "comments", lambda h, r: h.ticket_entries.append({**h.ticket_entries[1], "n": 6})),
    ("a note became public", "comments", lambda h, r: h.ticket_entries[1].update(public=True)),
    ("a history has a gap", "timelines", lambda h, r: h.ticket_entries[2].update(n=9)),
    ("somebody was told twice", "notices", lambda h, r: h.deliveries.append({**h.deliveries[2], "_id": "again"})),
    ("somebody was told something else twice", "notices", lambda h, r: h.deliveries.extend([OTHER, OTHER])),
    ("somebody was not told", "notices", lambda h, r: h.deliveries.pop()),
    ("a mail never left", "notices", lambda h, r: h.deliveries[0].update(state="queued")),
    ("a mail did not arrive", "mails out", lambda h, r: h.caught.pop()),
    ("too many copies", "mails out", lambda h, r: h.caught.extend(h.caught[:1] * (MOST_IN_DOUBT + 1))),
    ("a mail nobody owed", "mails out", lambda h, r: h.deliveries.pop(0)),
    ("a queue is not empty", "left over", lambda h, r: h.queues.update({"tickets.follow_task": 1})),
    ("a dead letter", "left over", lambda h, r: h.queues.update({"tickets.follow_task.dlq": 1})),
    ("an outbox is not empty", "left over", lambda h, r: h.outboxes.update({"tickets": 1})),
    ("somebody gave up", "outside", lambda h, r: r.troubles.append("a story stopped")),
]


def test_kinds_of_notices_beyond_the_main_job_may_come_once(tmp_path: Path) -> None:
    holdings, record = went_well(tmp_path)
    holdings.deliveries.append(OTHER)
    assert differing(holdings, record) == []


@pytest.mark.parametrize(("name", "spoil"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_each_kind_of_loss_and_doubling_is_noticed_by_its_check(tmp_path: Path, name: str, spoil: Spoil) -> None:
    holdings, record = went_well(tmp_path)
    spoil(holdings, record)
    assert name in differing(holdings, record)


@pytest.mark.parametrize(
    ("text", "to"), [("SEGREDO", SENDER), ("RESPOSTA", AGENT)], ids=["a private note", "an answer to somebody else"]
)
def test_words_in_a_mail_where_they_should_not_be_are_noticed(tmp_path: Path, text: str, to: str) -> None:
    holdings, record = went_well(tmp_path)
    catch(tmp_path, _delivery("e9", "reply", "mail", to), text)
    holdings.mailbox.look()
    assert "privacy" in differing(holdings, record)


def test_a_copy_with_other_contents_is_noticed(tmp_path: Path) -> None:
    holdings, record = went_well(tmp_path)
    catch(tmp_path, holdings.deliveries[0], "something else")
    holdings.mailbox.look()
    assert "mails out" in differing(holdings, record)
