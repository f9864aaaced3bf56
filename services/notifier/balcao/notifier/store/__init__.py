"""What `notifier` keeps, and the only modules that name its collections."""

from balcao.shared.mongo import Index

DELIVERIES = "deliveries"
"""Every telling by its event, recipient and channel: mails, and in-app notices, which are complete at once."""
COMPANIES = "companies"
REMINDERS = "reminders"

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
)
