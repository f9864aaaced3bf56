"""Every page of the product by a short name: who looks at it, and where it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from balcao.local.demo.company import DemoCompany

AGENT, ADMIN, PRODUCER, GUEST, NOBODY = "agent", "admin", "producer", "guest", "nobody"


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
        }
        return people[self.who].address if self.who in people else None


def places(ticket: int, task: int, request: int) -> Iterator[Place]:
    """All pages. `ticket` is the agent's, `task` the producer's, `request` the guest's own."""
    yield Place("sign-in", NOBODY, "/sign-in")
    for name, path in DESK.items():
        yield Place(name, AGENT, path.format(ticket=ticket, task=task))
    for name, path in PRODUCTION.items():
        yield Place(name, PRODUCER, path.format(task=task))
    for name, path in SETTINGS.items():
        yield Place(f"settings-{name}", ADMIN, path)
    for name, path in PORTAL.items():
        yield Place(f"portal-{name}", GUEST, path.format(request=request))


DESK = {
    "home": "/desk",
    "today": "/desk/today",
    "notices": "/desk/notices",
    "list": "/desk/tickets",
    "list-mine": "/desk/tickets?analyst=me",
    "list-empty": "/desk/tickets?status=cancelled&stage=delivery",
    "new-ticket": "/desk/tickets/new",
    "ticket": "/desk/tickets/{ticket}",
    "ticket-info": "/desk/tickets/{ticket}/info",
    "ticket-history": "/desk/tickets/{ticket}/history",
    "held": "/desk/held",
    "not-there": "/desk/tickets/999999",
}
PRODUCTION = {"tasks": "/desk/tasks", "board": "/desk/board", "task": "/desk/tasks/{task}"}
SETTINGS = {"start": "/admin"}
PORTAL = {"list": "/my/tickets", "new": "/my/tickets/new", "ticket": "/my/tickets/{request}"}
