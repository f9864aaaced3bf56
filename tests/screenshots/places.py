"""Every page of the product by a short name: who looks at it, and where it is."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from balcao.local.demo.company import DemoCompany
from tests.screenshots.scene import Scene, wordy_guest

AGENT, ADMIN, PRODUCER, GUEST, WORDY, NOBODY = "agent", "admin", "producer", "guest", "wordy guest", "nobody"


@dataclass(frozen=True)
class Place:
    """One page."""

    name: str
    who: str
    path: str

    def looked_at_by(self, company: DemoCompany) -> str | None:
        """The address of who looks; none for somebody who is not signed in."""
        people = {
            AGENT: company.analyst(1),
            ADMIN: company.players[0],
            PRODUCER: company.producer,
            GUEST: company.client,
            WORDY: wordy_guest(company),
        }
        return people[self.who].address if self.who in people else None


def places(scene: Scene) -> Iterator[Place]:
    """All pages."""
    for who, pages in PAGES.items():
        for name, path in pages.items():
            yield Place(name, who, path.format(**asdict(scene)))


DOORS = {
    "sign-in": "/sign-in",
    "invitation": "{invitation}",
    "invitation-broken": "/invitation?token=nada",
    "forgotten": "/password/forgotten",
    "forgotten-broken": "/password/new?token=nada",
    "approval": "{approval}",
    "approval-broken": "/approval?token=nada",
}
DESK = {
    "home": "/desk",
    "today": "/desk/today",
    "notices": "/desk/notices",
    "list": "/desk/tickets",
    "list-mine": "/desk/tickets?analyst=me",
    "list-empty": "/desk/tickets?status=cancelled&stage=delivery",
    "views": "/desk/views",
    "search": "/desk/search?q=cardápio",
    "bulk": "/desk/tickets/bulk?ids={chosen}",
    "bulk-latest": "/desk/tickets/bulk",
    "merge": "/desk/tickets/merge?ids={same_requester}",
    "merge-refused": "/desk/tickets/merge?ids={chosen}",
    "new-ticket": "/desk/tickets/new",
    "ticket": "/desk/tickets/{ticket}",
    "ticket-info": "/desk/tickets/{ticket}/info",
    "ticket-history": "/desk/tickets/{ticket}/history",
    "ticket-answered": "/desk/tickets/{request}",
    "ticket-long": "/desk/tickets/{long}",
    "split": "/desk/tickets/{request}/split",
    "move": "/desk/tickets/{request}/messages/{message}/move",
    "held": "/desk/held",
    "held-none": "/desk/held?state=discarded",
    "profile": "/desk/profile",
    "password": "/password",
    "not-there": "/desk/tickets/999999",
}
PRODUCTION = {
    "tasks": "/desk/tasks",
    "tasks-all": "/desk/tasks?executor=any",
    "board": "/desk/board",
    "workload": "/desk/workload",
    "task": "/desk/tasks/{task}",
    "task-history": "/desk/tasks/{task}/history",
    "portal-empty": "/my/tickets",
}
PLANNING = {
    "new-task": "/desk/tasks/new",
    "recurrences": "/desk/recurrences",
    "recurrence": "/desk/recurrences/{recurrence}",
    "new-recurrence": "/desk/recurrences/new",
}
SETTINGS = {
    "settings-start": "/admin",
    **{
        f"settings-{page}": f"/admin/{page}"
        for page in (
            "company",
            "addresses",
            "working-time",
            "appearance",
            "people",
            "invitations",
            "team-table",
            "notices",
            "imports",
            "workspaces",
            "projects",
            "tags",
            "saved-replies",
            "policies",
            "words",
            "task-types",
            "rules",
            "mail-identity",
            "webhooks",
            "trackers",
        )
    },
    "settings-person": "/admin/people/new",
    "settings-saved-reply": "/admin/saved-replies/new",
    "settings-rule": "/admin/rules/new",
    "settings-webhook": "/admin/webhooks/new",
    "settings-tracker": "/admin/trackers/new",
    "settings-history": "/admin/history/{admin}?from=people",
}
PORTAL = {
    "portal-list": "/my/tickets",
    "portal-none-found": "/my/tickets?q=nadadisso",
    "portal-new": "/my/tickets/new",
    "portal-ticket": "/my/tickets/{request}",
    "portal-profile": "/my/profile",
}
PAGES = {
    NOBODY: DOORS,
    AGENT: DESK | PLANNING,
    PRODUCER: PRODUCTION,
    ADMIN: SETTINGS,
    GUEST: PORTAL,
    WORDY: {"portal-long": "/my/tickets/{long}", "portal-end": "/my/tickets/{long}/end"},
}
REFUSED = ("/invitation", "/password/new", "/approval", "/desk/tickets/999999")
"""Where some of them are answered from 400 to 499: links that hold no more, and what is not there."""
