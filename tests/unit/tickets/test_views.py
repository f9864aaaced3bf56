"""What requesters are shown: nothing private, under any key."""

import json
from typing import Any

from balcao.shared.events import FACTS
from balcao.shared.timeline import Cause, tell
from balcao.tickets.api.views import row_for_requester, row_for_team, ticket_for_requester, ticket_for_team
from balcao.tickets.catalogues import language
from balcao.tickets.domain import conversation, production, stages
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, BY_CAIO, COMPANY, a_message, a_task, an_answer, opened

ENGLISH = language("America/Sao_Paulo", "en")
SECRETS = {
    "private note": "o cliente é difícil",
    "action plan": "refazer com as cores da concorrente",
    "stage assignee": "Bia",
    "executor": "Caio",
    "task": "Arte secreta",
}


def worked_on() -> tuple[Ticket, list[dict[str, Any]]]:
    """A ticket with something private of every kind, and its whole history."""
    changes = [opened(a_message())]

    def then(change: Any) -> None:
        changes.append(change)

    then(conversation.comment(changes[-1].after, SECRETS["private note"], BY_ANA, AT))
    then(conversation.write_action_plan(changes[-1].after, SECRETS["action plan"], BY_ANA))
    then(stages.assign_stage(changes[-1].after, "delivery", BY_BIA, BY_ANA))
    then(production.request_task(changes[-1].after, "task-1", BY_ANA, title=SECRETS["task"], executor=BY_CAIO))
    then(production.follow(changes[-1].after, a_task(title=SECRETS["task"], executor=BY_CAIO), "created"))
    then(conversation.comment(changes[-1].after, "Está quase", BY_ANA, AT, visible=True))
    then(conversation.requester_replied(changes[-1].after, an_answer(text="Que bom", quote_at=None), "token"))
    then(production.reopen(changes[-1].after.model_copy(update={"status": "resolved", "active": False}), "team"))
    entries: list[dict[str, Any]] = []
    for n, change in enumerate(changes):
        told = tell("tickets", COMPANY, "ticket-7", change.facts, Cause(f"cause-{n}", "chain", AT), after=len(entries))
        entries.extend(told.entries)
    return changes[-1].after.model_copy(update={"highlight": "reply"}), entries


def test_a_requester_sees_nothing_private_under_any_key() -> None:
    """W7, P5"""
    ticket, entries = worked_on()
    shown = ticket_for_requester(ticket, [entry for entry in entries if entry["public"]], ENGLISH)
    text = json.dumps(shown, default=str, ensure_ascii=False)
    for what, words in SECRETS.items():
        assert words not in text, what
    assert "Está quase" in text
    assert "Que bom" in text


def test_the_team_sees_all_of_it() -> None:
    """H6, W10: and so the test above looks for words that are there to be found."""
    ticket, entries = worked_on()
    text = json.dumps(ticket_for_team(ticket, entries), default=str, ensure_ascii=False)
    for what, words in SECRETS.items():
        assert words in text, what


def test_a_requester_sees_these_fields_and_no_others() -> None:
    """W7, P5: a field added to the ticket must not show before somebody decides that it may."""
    ticket, _ = worked_on()
    assert set(ticket_for_requester(ticket, [], ENGLISH)) == {
        "id",
        "version",
        "number",
        "title",
        "status",
        "stage",
        "requester",
        "watchers",
        "promised_for",
        "channel",
        "requested",
        "requested_html",
        "requested_quote_at",
        "requested_files",
        "directives",
        "resolution",
        "resolved_at",
        "approvals",
        "deliverables",
        "how_far",
        "opened_at",
        "updated_at",
        "timeline",
    }


def test_a_requesters_list_has_no_priority_analyst_or_tasks() -> None:
    """P5"""
    ticket, _ = worked_on()
    document = ticket.model_dump() | {"_id": ticket.id}
    inside = set(row_for_team(document)) - set(row_for_requester(document))
    assert inside == {
        "progress",
        "priority",
        "kind",
        "analyst",
        "assignee",
        "tasks",
        "highlight",
        "workspace_id",
        "project_id",
        "tags",
        "wait",
        "due",
    }


def test_only_these_facts_show_to_requesters() -> None:
    """W7"""
    assert {name for name, fact in FACTS.items() if fact.public and name.startswith("ticket.")} == {
        "ticket.approval_answered.v1",
        "ticket.approval_asked.v1",
        "ticket.merged.v1",
        "ticket.opened.v1",
        "ticket.requester_replied.v1",
        "ticket.replied.v1",
        "ticket.promised.v1",
        "ticket.reopened.v1",
        "ticket.resolved.v1",
        "ticket.closed.v1",
        "ticket.cancelled.v1",
    }
