"""What the history calls the values of a ticket's fields, in English as the catalogue's key."""

from balcao.shared.catalogues import N_

STAGES = {
    "triage": N_("Triage"),
    "analysis": N_("Analysis"),
    "planning": N_("Planning"),
    "production": N_("Production"),
    "delivery": N_("Delivery"),
}
STATUSES = {
    "draft": N_("Draft"),
    "open": N_("In service"),
    "waiting": N_("Waiting"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
    "cancelled": N_("Cancelled"),
}
KINDS = {
    "request": N_("Request"),
    "question": N_("Question"),
    "fix": N_("Fix"),
    "quote": N_("Quote"),
    "improvement": N_("Improvement"),
}
METHODS = {
    "answered": N_("answered"),
    "no_response": N_("no response from the requester"),
    "rejected": N_("rejected"),
    "spam": N_("spam"),
    "unknown_sender": N_("unknown sender"),
    "merged": N_("merged into another ticket"),
    "split": N_("split into other tickets"),
}
WAITS = {
    "more_information": N_("more information from the requester"),
    "follow_up": N_("a follow-up"),
    "visit": N_("an on-site visit"),
    "split": N_("the part that was split off"),
    "case_launched": N_("a case launched elsewhere"),
}
FIELDS = {
    "title": N_("title"),
    "kind": N_("type"),
    "priority": N_("priority"),
    "workspace_id": N_("workspace"),
    "project_id": N_("project"),
    "description": N_("description"),
    "files": N_("files"),
    "requester": N_("requester"),
    "add_tags": N_("tags"),
    "remove_tags": N_("tags"),
    "add_watchers": N_("people in copy"),
    "remove_watchers": N_("people in copy"),
    "analyst_id": N_("analyst"),
    "promised_for": N_("promised date"),
    "due": N_("due date"),
}
CHANNELS = {"mail": N_("by e-mail"), "portal": N_("through the portal"), "desk": N_("at the desk")}
UNDONE = {"merge": N_("the merge"), "split": N_("the split"), "bulk_edit": N_("the bulk edit")}
