"""What `notifier` keeps, and the only modules that name its collections."""

from balcao.shared.calls.store import INDEXES as CALLS_INDEXES
from balcao.shared.mongo import Index

DELIVERIES = "deliveries"
"""Every telling by its event, recipient and channel: mails, and in-app notices, which are complete at once."""
COMPANIES = "companies"
REMINDERS = "reminders"
WEBHOOKS = "webhooks"
ALLOWANCES = "allowances"
IDENTITIES = "mail_identities"
SIGNING_KEYS = "signing_keys"
UNREACHABLE = "unreachable"
PEOPLE = "people"
PREFERENCES = "preferences"
GATHERING = "gathering"
AGENDA_DAYS = "agenda_days"

INDEXES = (
    Index.on(DELIVERIES, "company_id", "ticket_id", "at", why="the deliveries of one ticket, oldest first"),
    Index.on(
        DELIVERIES,
        "company_id",
        "person_id",
        "-place",
        why="one person's notices, newest first",
        partial={"channel": "in_app"},
    ),
    Index.on(REMINDERS, "due", why="the retry loop takes what is due"),
    Index.on(COMPANIES, "_id", why="a company's profile by its id"),
    Index.on(WEBHOOKS, "company_id", why="a company's webhooks"),
    Index.on(ALLOWANCES, "gone_at", expire_after_s=0, why="forgets what was counted against limits long ago"),
    Index.on(IDENTITIES, "_id", why="what a company's mail goes out under, by its id"),
    Index.on(SIGNING_KEYS, "company_id", why="a company's keys"),
    Index.on(UNREACHABLE, "company_id", "is_marked", why="the addresses of a company that take no mail"),
    Index.on(PEOPLE, "changed_at", why="people of the team who changed since a replica last looked"),
    Index.on(PREFERENCES, "changed_at", why="preferences that changed since a replica last looked"),
    Index.on(GATHERING, "due", why="notices whose time to go out together has come"),
    Index.on(GATHERING, "whose", "due", why="all that is gathered for one person"),
    Index.on(AGENDA_DAYS, "gone_at", expire_after_s=0, why="forgets whose work was asked for on days gone by"),
    *CALLS_INDEXES,
)
