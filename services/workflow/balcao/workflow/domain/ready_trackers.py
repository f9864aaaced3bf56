"""The trackers that we know: how to read what they document to send, and what their states mean."""

from collections.abc import Mapping as Dict

from balcao.workflow.domain.tracker_mapping import Mapping, TrackerKind

READY: Dict[TrackerKind, Mapping] = {
    "github": Mapping(
        when="issue && !(issue.pull_request)",
        id="join('#', [repository.full_name, to_string(issue.number)])",
        url="issue.html_url",
        title="issue.title",
        description="issue.body",
        states=(
            "action == 'deleted' && 'deleted'",
            "issue.state_reason && join(' as ', [issue.state, issue.state_reason])",
            "issue.state == 'closed' && 'closed'",
            "issue.labels[].name",
            "issue.state",
        ),
        at="issue.updated_at",
        begins="action == 'opened'",
    ),
    "jira": Mapping(
        when='issue && contains(`["jira:issue_created","jira:issue_updated","jira:issue_deleted"]`, webhookEvent)',
        id="issue.id",
        label="issue.key",
        url="issue.self",
        title="issue.fields.summary",
        description="issue.fields.description",
        states=(
            "webhookEvent == 'jira:issue_deleted' && 'deleted'",
            "issue.fields.status.name",
            "issue.fields.status.statusCategory.key",
        ),
        at="timestamp",
        begins="webhookEvent == 'jira:issue_created'",
    ),
    "trello": Mapping(
        when='action.data.card.id && contains(`["createCard","copyCard","emailCard","updateCard","deleteCard",'
        '"moveCardToBoard","moveCardFromBoard","convertToCardFromCheckItem"]`, action.type)',
        id="action.data.card.id",
        label="action.data.card.shortLink",
        url="action.data.card.shortLink && join('', ['https://trello.com/c/', action.data.card.shortLink])",
        title="action.data.card.name || action.data.card.shortLink",
        description="action.data.card.desc",
        states=(
            'contains(`["deleteCard","moveCardFromBoard"]`, action.type) && \'deleted\'',
            "action.data.card.closed && 'archived'",
            "action.data.listAfter.name",
            "action.data.listAfter.id",
            "action.data.list.name",
            "action.data.list.id",
        ),
        at="action.date",
        begins='contains(`["createCard","copyCard","emailCard","convertToCardFromCheckItem"]`, action.type)',
        delivery="action.id",
    ),
}
"""Mappings of trackers we know, by their documented payloads."""

READY_PHASES: Dict[TrackerKind, Dict[str, str]] = {
    "generic": {},
    "github": {
        **dict.fromkeys(("deleted", "closed as not_planned", "closed as duplicate"), "@cancel"),
        "closed": "@done",
        "open": "@reopen",
    },
    "jira": {"deleted": "@cancel", "new": "@todo", "indeterminate": "@doing", "done": "@done"},
    "trello": {
        "deleted": "@cancel",
        "archived": "@cancel",
        **dict.fromkeys(("to do", "a fazer", "backlog"), "@todo"),
        **dict.fromkeys(("doing", "in progress", "fazendo", "em andamento"), "@doing"),
        **dict.fromkeys(("done", "feito", "concluido"), "@done"),
    },
}
"""What their states mean unless the company says otherwise."""
