"""Words for what trackers are and do, by what the code calls it."""

from balcao.shared.catalogues import N_

KINDS = {
    "github": ("GitHub", N_("Issues of a repository or an organisation.")),
    "jira": ("Jira", N_("Issues of a project.")),
    "trello": ("Trello", N_("Cards of a board.")),
    "generic": (N_("Another one"), N_("Anything that can send JSON and sign it.")),
}
MEANINGS = {
    "@todo": N_("To do: the first phase of this kind"),
    "@doing": N_("Being made: the first phase of this kind"),
    "@internal_review": N_("Internal review: the first phase of this kind"),
    "@external_approval": N_("External approval: the first phase of this kind"),
    "@done": N_("Done: the first phase of this kind"),
    "@reopen": N_("Reopens the task if it is done"),
    "@cancel": N_("Cancels the task"),
}
"""What a state there may mean here, besides a phase."""
MAPPING = {
    "when": (N_("Only if"), N_("Messages for which it finds nothing are ignored. Empty: all count.")),
    "id": (N_("What identifies it, for good"), ""),
    "label": (N_("What people call it"), N_("Empty: as what identifies it.")),
    "url": (N_("Its page"), ""),
    "title": (N_("Title"), ""),
    "description": (N_("Description"), ""),
    "at": (N_("When it happened"), N_("ISO 8601 with its zone, or seconds or milliseconds.")),
    "begins": (N_("Whether it is the first that is told of it"), ""),
    "ticket": (N_("Number of a ticket that it is for"), ""),
    "delivery": (N_("What identifies the message"), N_("Where no header does.")),
}
"""The fields of a mapping in the order of the form, besides `states`."""
TELLS = {
    "created": N_("New tasks, which are made there too"),
    "moved": N_("Phases that are entered"),
    "completed": N_("Completed tasks"),
    "cancelled": N_("Cancelled tasks"),
    "reopened": N_("Reopened tasks"),
    "commented": N_("Comments"),
}
OUTCOMES = {
    "received": (N_("Arrived"), ""),
    "created": (N_("New task"), "good"),
    "moved": (N_("Task moved"), "good"),
    "unchanged": (N_("No change"), ""),
    "ignored": (N_("Not for us"), ""),
    "late": (N_("Late"), "warm"),
    "echo": (N_("Our own news"), ""),
    "failed": (N_("Failed"), "bad"),
    "refused": (N_("Not signed"), "bad"),
}
"""What came of a message: words and how they look."""
