"""What `tickets` keeps, and the only modules that name its collections."""

from balcao.shared import timeline
from balcao.shared.mongo import Index

TICKETS = "tickets"
PEOPLE = "people"
COMPANIES = "companies"
WORKSPACES = "workspaces"
TEAM = "team"
HELD = "held"

INDEXES = (
    Index.on(TICKETS, "company_id", "number", unique=True, why="a ticket by its number (O13); newest first lists"),
    Index.on(TICKETS, "company_id", "active", "rank", why="the desk's list: what needs somebody, by priority (O9)"),
    Index.on(TICKETS, "analyst.person_id", "active", "rank", why="an analyst's own work, the list opened most (H9)"),
    Index.on(TICKETS, "message_ids", "company_id", why="an answer to a requester's mail (In-Reply-To, References)"),
    Index.on(TICKETS, "requester.person_id", "number", why="a requester's own tickets in the portal (P2)"),
    Index.on(PEOPLE, "company_id", "addresses", unique=True, why="who wrote; one person per address and company"),
    Index.on(PEOPLE, "company_id", "on_team", why="the team, without its thousands of guests (H7)"),
    Index.on(COMPANIES, "slug", unique=True, why="URLs"),
    Index.on(WORKSPACES, "company_id", "number", unique=True, why="the company's workspaces"),
    Index.on(HELD, "company_id", "state", "at", why="messages that wait for a decision"),
    *timeline.INDEXES,
)
