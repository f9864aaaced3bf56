"""Compares what the product holds with what the outside did and was promised. Pure: no I/O but reading kept mails."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from balcao.intake.imap.session import AT_ONCE
from balcao.notifier.courier import MOST_IN_DOUBT
from tests.chaos.holdings import Document, Holdings
from tests.chaos.record import Record
from tests.support.desk_company import AGENT, PLANNER

RELAY_CONNECTIONS = 4
"""Mails that the notifier hands over at once: so many are in doubt when the mail server dies."""


@dataclass
class Finding:
    """One check: what was counted, and every difference in words."""

    name: str
    counted: str
    differences: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a difference unless it holds."""
        if not holds:
            self.differences.append(otherwise)


def check(holdings: Holdings, record: Record) -> list[Finding]:
    """All checks, in the order in which they are shown."""
    findings = [one(holdings, record) for one in CHECKS]
    findings.append(Finding("outside", "what nobody outside should see", list(record.troubles)))
    return findings


def _mails_in(holdings: Holdings, record: Record) -> Finding:
    """Each accepted mail is stored once; the ledger's arrivals lie between the 250s and the mails handed over."""
    mails, repeats = _ledger(holdings, fetched=False)
    stored = Counter(mail["message_id"] for mail in mails)
    sent = {*record.openings, *record.replies} - set(record.delivered)
    accepted = sum(record.accepted.values())
    handed_over = sum(record.handed_over.values())
    arrivals = len(mails) + repeats
    finding = Finding(
        "mails in",
        f"{len(sent)} mails, {handed_over} times handed over, {accepted} times accepted; ledger: "
        f"{len(mails)} stored + {repeats} repeats",
    )
    for message_id in sorted(sent):
        finding.expect(record.accepted[message_id] > 0, f"{message_id} was never accepted")
        finding.expect(stored[message_id] == 1, f"{message_id} is stored {stored[message_id]} times")
    for message_id in sorted(set(stored) - sent):
        finding.expect(False, f"{message_id} is stored, but nobody sent it")
    outcomes = Counter(mail["outcome"] for mail in mails)
    finding.expect(set(outcomes) <= {"accepted"}, f"outcomes in the ledger: {dict(outcomes)}")
    between = accepted <= arrivals <= handed_over
    finding.expect(between, f"the ledger has {arrivals} arrivals, not between {accepted} and {handed_over}")
    return finding


def _mails_fetched(holdings: Holdings, record: Record) -> Finding:
    """Each mail that lay in the mailbox is stored once and marked; what was fetched again was in hand at a death."""
    mails, repeats = _ledger(holdings, fetched=True)
    deaths = sum(record.kills[part] for part in ("imap", "intake", "database"))
    allowed = AT_ONCE * deaths
    finding = Finding(
        "mails fetched",
        f"{len(record.delivered)} mails in the mailbox, {len(mails)} stored, {repeats} fetched again "
        f"(at most {allowed} in hand at {deaths} deaths)",
    )
    stored = Counter(mail["message_id"] for mail in mails if mail["outcome"] == "accepted")
    for message_id in sorted({*record.delivered, *stored}):
        times = (stored[message_id], record.delivered[message_id])
        finding.expect(times == (1, 1), f"{message_id} lay there {times[1]} times and is stored {times[0]} times")
    finding.expect(not holdings.unmarked, f"{len(holdings.unmarked)} mails in the mailbox are not marked as read")
    finding.expect(repeats <= allowed, f"{repeats} mails were fetched again, more than {allowed}")
    return finding


def _ledger(holdings: Holdings, *, fetched: bool) -> tuple[list[Document], int]:
    """The stored mails that came by one way, and how many of the repeats are of these."""
    mails = [mail for mail in holdings.mails if ("mailbox" in mail.get("envelope", {})) == fetched]
    ids = {mail["_id"] for mail in mails}
    return mails, sum(1 for repeat in holdings.repeats if repeat["mail_id"] in ids)


def _openings(holdings: Holdings, record: Record) -> Finding:
    """Each mail that opens a ticket is exactly one, and no ticket is without its mail."""
    finding = Finding("openings", f"{len(record.openings)} mails, {len(holdings.tickets)} tickets")
    tickets = Counter(message_id for ticket in holdings.tickets for message_id in ticket["message_ids"][:1])
    said = Counter(_message_ids(holdings, "ticket.opened.v1"))
    for message_id in sorted(record.openings):
        finding.expect(tickets[message_id] == 1, f"{message_id} is {tickets[message_id]} tickets")
        finding.expect(said[message_id] == 1, f"{message_id} has opened a ticket {said[message_id]} times")
    for ticket in holdings.tickets:
        first = ticket["message_ids"][:1]
        finding.expect(bool(first) and first[0] in record.openings, f"ticket #{ticket['number']} is without a mail")
    return finding


def _replies(holdings: Holdings, record: Record) -> Finding:
    """Each answer by mail is on its ticket once, and on no other."""
    finding = Finding("replies", f"{len(record.replies)} answers by mail")
    number_of = {ticket["_id"]: ticket["number"] for ticket in holdings.tickets}
    mail_of = {mail["_id"]: mail["message_id"] for mail in holdings.mails}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for entry in holdings.ticket_entries:
        if entry["type"] == "ticket.requester_replied.v1":
            found[mail_of.get(entry["data"]["message_id"], "?")].append(number_of.get(entry["of"], 0))
    for message_id, number in sorted(record.replies.items()):
        finding.expect(found[message_id] == [number], f"{message_id} answers #{number} and is on {found[message_id]}")
    for message_id in sorted(set(found) - set(record.replies)):
        finding.expect(False, f"{message_id} is an answer on {found[message_id]}, but is none")
    return finding


def _numbers(holdings: Holdings, record: Record) -> Finding:
    """No number is given twice."""
    finding = Finding("numbers", f"{len(holdings.tickets)} of tickets, {len(holdings.tasks)} of tasks")
    for what, documents in (("ticket", holdings.tickets), ("task", holdings.tasks)):
        for number, times in Counter(one["number"] for one in documents).items():
            finding.expect(times == 1, f"{times} {what}s have number {number}")
    addresses = Counter(address for person in holdings.people for address in person["addresses"])
    for address, times in addresses.items():
        finding.expect(times == 1, f"{address} belongs to {times} people")
    senders = set(record.openings.values())
    finding.expect(senders <= set(addresses), f"not registered: {sorted(senders - set(addresses))}")
    return finding


def _transitions(holdings: Holdings, record: Record) -> Finding:
    """Each ticket followed production exactly as often as its story says, and stands where it should (H4, H5)."""
    entered = _by_ticket(holdings, "ticket.stage_entered.v1", lambda entry: str(entry["data"]["reason"]))
    completions = sum(expected.completions for expected in record.tickets.values())
    total = sum(reasons["production_finished"] for reasons in entered.values())
    finding = Finding(
        "transitions", f"{len(record.tickets)} tickets, {completions} completions, {total} times to delivery"
    )
    tickets = {ticket["number"]: ticket for ticket in holdings.tickets}
    for number, expected in sorted(record.tickets.items()):
        ticket, reasons = tickets.get(number), entered[number]
        if ticket is None:
            finding.expect(False, f"there is no ticket #{number}")
            continue
        name = f"#{number} ({expected.story})"
        for reason, what, span in (
            ("production_finished", "delivery", expected.deliveries),
            ("tasks_cancelled", "planning", expected.plannings),
        ):
            times = reasons[reason]
            finding.expect(span[0] <= times <= span[1], f"{name} went to {what} {times} times, not {_words(span)}")
        where = ticket["stage"]
        finding.expect(where in expected.stages, f"{name} is in {where}, not in {' or '.join(expected.stages)}")
        finding.expect(ticket["status"] == expected.status, f"{name} is {ticket['status']}, not {expected.status}")
    for number in sorted(set(entered) - set(record.tickets)):
        times = entered[number]["production_finished"]
        finding.expect(times == 0, f"#{number} has no tasks and went to delivery {times} times")
    return finding


def _tasks(holdings: Holdings, record: Record) -> Finding:
    """Each task asked for exists once, was completed as often as somebody did so, and its ticket knows it as it is."""
    said = Counter(entry["type"] for entry in holdings.task_entries)
    wanted = sum(expected.tasks for expected in record.tickets.values())
    completions = sum(expected.completions for expected in record.tickets.values())
    finding = Finding("tasks", f"{wanted} asked for, {len(holdings.tasks)} made, {said['task.completed.v1']} completed")
    finding.expect(len(holdings.tasks) == wanted, f"{len(holdings.tasks)} tasks, not {wanted}")
    times = said["task.completed.v1"]
    finding.expect(times == completions, f"completed {times} times, not {completions}")
    tasks = {task["_id"]: task for task in holdings.tasks}
    for ticket in holdings.tickets:
        for known in ticket["tasks"]:
            task = tasks.get(known["id"])
            same = task is not None and (task["version"], task["state"]) == (known["version"], known["state"])
            finding.expect(same or _only_marked(task, known), f"#{ticket['number']} knows task {known['id']} otherwise")
    for task in holdings.tasks:
        given_up = any(linked["cancelled_at"] for linked in task["tickets"])
        story = record.tickets.get(task["tickets"][0]["number"])
        was = story is not None and story.status == "cancelled"
        finding.expect(given_up == was, f"task {task['number']} says of its ticket that it was cancelled: {given_up}")
    return finding


def _only_marked(task: Document | None, known: Mapping[str, Any]) -> bool:
    """A task that notes its ticket's cancellation has a newer version, which the ticket has no need to hear of."""
    marks = sum(1 for linked in task["tickets"] if linked["cancelled_at"]) if task is not None else 0
    return (
        task is not None
        and bool(marks)
        and (task["version"] - marks, task["state"])
        == (
            known["version"],
            known["state"],
        )
    )


def _comments(holdings: Holdings, record: Record) -> Finding:
    """Each comment is on its ticket once, though its request may have been repeated."""
    finding = Finding("comments", f"{len(record.comments)} written")
    number_of = {ticket["_id"]: ticket["number"] for ticket in holdings.tickets}
    entries = [e for e in holdings.ticket_entries if e["type"] in ("ticket.noted.v1", "ticket.replied.v1")]
    for comment in record.comments:
        on = [(number_of.get(e["of"]), e["public"]) for e in entries if comment.mark in e["data"]["text"]]
        right = on == [(comment.number, comment.visible)]
        finding.expect(right, f"{comment.mark} is on {on}")
    finding.expect(len(entries) == len(record.comments), f"{len(entries)} comments, not {len(record.comments)}")
    return finding


def _timelines(holdings: Holdings, _: Record) -> Finding:
    """Histories without gaps and without doubles: n runs from 1 to the count that the aggregate has."""
    finding = Finding("timelines", f"{len(holdings.ticket_entries)} entries of tickets, {len(holdings.task_entries)}")
    for what, documents, entries in (
        ("ticket", holdings.tickets, holdings.ticket_entries),
        ("task", holdings.tasks, holdings.task_entries),
    ):
        numbered: defaultdict[str, list[int]] = defaultdict(list)
        for entry in entries:
            numbered[entry["of"]].append(entry["n"])
        for document in documents:
            whole = sorted(numbered[document["_id"]]) == list(range(1, document["entries"] + 1))
            finding.expect(whole, f"{what} {document['number']} has gaps or doubles in its history")
    return finding


def _notices(holdings: Holdings, record: Record) -> Finding:
    """Who is concerned is told once in the product and once by mail (copies of that mail are another check's).

    What is owed is written down here by hand for the main job's kinds; of all others nobody may be told twice.
    """
    told = Counter(
        (one["event_id"], one["kind"], one["channel"], one["to"].get("address")) for one in holdings.deliveries
    )
    owed = Counter(_owed(holdings))
    finding = Finding("notices", f"{sum(owed.values())} owed, {sum(told.values())} told")
    number_of = {ticket["_id"]: ticket["number"] for ticket in holdings.tickets}
    ticket_of = {entry["_id"]: number_of.get(entry["of"], 0) for entry in holdings.ticket_entries}
    for telling in sorted({*told, *owed}, key=str):
        event_id, kind, channel, address = telling
        words = f"#{ticket_of.get(event_id, 0)}: {address} was told {kind} by {channel} {told[telling]} times"
        times = owed[telling] if kind in _OWED_KINDS else 1
        finding.expect(told[telling] == times, f"{words}, not {times}")
    for one in holdings.deliveries:
        finding.expect(one["state"] == "sent", f"a {one['kind']} by {one['channel']} is {one['state']}")
    transitions = sum(1 for entry in holdings.ticket_entries if _is_delivery(entry))
    in_app = sum(
        1 for one in holdings.deliveries if one["kind"] == "production_finished" and one["channel"] == "in_app"
    )
    finding.expect(in_app == 2 * transitions, f"{in_app} notices in the product of {transitions} transitions")
    finding.counted += f"; {in_app} in the product of {transitions} transitions"
    return finding


_OWED_KINDS = {"ticket_opened", "requester_replied", "acknowledgement", "reply", "production_finished"}


def _owed(holdings: Holdings) -> Iterable[tuple[str, str, str, str | None]]:
    """From the histories: (event, kind, channel, address) of everything that had to be told."""
    team = {"ticket.opened.v1": "ticket_opened", "ticket.requester_replied.v1": "requester_replied"}
    requester = {ticket["_id"]: ticket["requester"]["address"] for ticket in holdings.tickets}
    for entry in holdings.ticket_entries:
        event_id, kind = entry["_id"], entry["type"]
        if kind in team:
            yield event_id, team[kind], "mail", AGENT
            yield event_id, team[kind], "in_app", AGENT
        if kind == "ticket.opened.v1":
            yield event_id, "acknowledgement", "mail", requester.get(entry["of"])
        if kind == "ticket.replied.v1":
            yield event_id, "reply", "mail", requester.get(entry["of"])
        if _is_delivery(entry):
            for address in (AGENT, PLANNER):
                yield event_id, "production_finished", "mail", address
                yield event_id, "production_finished", "in_app", address


def _is_delivery(entry: Document) -> bool:
    return entry["type"] == "ticket.stage_entered.v1" and str(entry["data"]["reason"]) == "production_finished"


def _mails_out(holdings: Holdings, record: Record) -> Finding:
    """Every telling by mail reached its mailbox; what came more than once is the very same mail again, and few did."""
    owed = {one["_id"].replace("-", ""): one for one in holdings.deliveries if one["channel"] == "mail"}
    came: defaultdict[str, list[Any]] = defaultdict(list)
    for mail in holdings.caught:
        came[mail.message_id.partition("@")[0].rpartition(".")[2]].append(mail)
    copies = sum(len(some) - 1 for some in came.values())
    allowed = RELAY_CONNECTIONS * record.kills["catcher"] + MOST_IN_DOUBT * record.kills["notifier"]
    finding = Finding("mails out", f"{len(came)} mails and {copies} copies (at most {allowed} in doubt)")
    for key, one in sorted(owed.items()):
        right = {mail.recipient for mail in came[key]} == {one["to"]["address"]}
        finding.expect(right, f"{one['kind']} to {one['to']['address']} came {len(came[key])} times")
    for key in sorted(set(came) - set(owed)):
        finding.expect(False, f"{came[key][0].message_id} went out and nobody knows of it")
    for some in came.values():
        same = len({holdings.mailbox.raw(mail) for mail in some}) <= 1
        finding.expect(same, f"{some[0].message_id} came with different contents" if some else "")
    finding.expect(copies <= allowed, f"{copies} copies, more than {allowed}")
    return finding


def _privacy(holdings: Holdings, record: Record) -> Finding:
    """No private word in any mail; each visible one in a mail to the requester, and in no other's."""
    private = [comment.mark for comment in record.comments if not comment.visible]
    finding = Finding("privacy", f"{len(private)} private notes, {len(holdings.caught)} mails read")
    requester = {ticket["number"]: ticket["requester"]["address"] for ticket in holdings.tickets}
    recipients: defaultdict[str, set[str]] = defaultdict(set)
    for mail in holdings.caught:
        words = holdings.mailbox.words(mail)
        leaked = [mark for mark in private if mark in words]
        finding.expect(not leaked, f"{leaked} in a mail to {mail.recipient}")
        for comment in record.comments:
            if comment.visible and comment.mark in words:
                recipients[comment.mark].add(mail.recipient)
    for comment in record.comments:
        if comment.visible:
            got = recipients[comment.mark]
            finding.expect(got == {requester.get(comment.number)}, f"{comment.mark} was read by {sorted(got)}")
    return finding


def _left_over(holdings: Holdings, _: Record) -> Finding:
    """Nothing is under way: outboxes, queues, retry tiers and dead letters are empty."""
    finding = Finding("left over", "outboxes, queues, retry tiers, dead letters")
    for service, count in holdings.outboxes.items():
        finding.expect(False, f"{count} commits in the outbox of {service}")
    for name, count in holdings.queues.items():
        finding.expect(False, f"{count} messages in {name}")
    return finding


CHECKS: tuple[Callable[[Holdings, Record], Finding], ...] = (
    _mails_in,
    _mails_fetched,
    _openings,
    _replies,
    _numbers,
    _transitions,
    _tasks,
    _comments,
    _timelines,
    _notices,
    _mails_out,
    _privacy,
    _left_over,
)


def _message_ids(holdings: Holdings, type_: str) -> list[str]:
    """Message-IDs of the mails that led to entries of this type."""
    mail_of = {mail["_id"]: mail["message_id"] for mail in holdings.mails}
    return [mail_of.get(e["data"]["message_id"], "?") for e in holdings.ticket_entries if e["type"] == type_]


def _by_ticket(holdings: Holdings, type_: str, key: Callable[[Document], str]) -> defaultdict[int, Counter[str]]:
    """How often which key occurs in each ticket's entries of this type."""
    number_of = {ticket["_id"]: ticket["number"] for ticket in holdings.tickets}
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for entry in holdings.ticket_entries:
        if entry["type"] == type_:
            found[number_of.get(entry["of"], 0)][key(entry)] += 1
    return found


def _words(span: tuple[int, int]) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"
