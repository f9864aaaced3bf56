"""What `tickets` keeps, and the only modules that name its collections."""

from balcao.shared import timeline, timers
from balcao.shared.mongo import Index

TICKETS = "tickets"
PEOPLE = "people"
COMPANIES = "companies"
WORKSPACES = "workspaces"
TEAM = "team"
HELD = "held"
PROJECTS = "projects"
TAGS = "tags"
SAVED_REPLIES = "saved_replies"
REPLY_USES = "reply_uses"
CLAIMS = "claims"
FINDING = "finding"
MARKS = "finding_marks"
VIEWS = "views"
RECENT = "recent"
JOBS = "jobs"
JOB_ITEMS = "job_items"
UNSENT = "unsent"
INTERACTION_TAGS = "interaction_tags"

INDEXES = (
    Index.on(TICKETS, "company_id", "number", unique=True, why="a ticket by its number (O13); newest first lists"),
    Index.on(TICKETS, "company_id", "active", "rank", why="the desk's list: what needs somebody, by priority (O9)"),
    Index.on(TICKETS, "analyst.person_id", "active", "rank", why="an analyst's own work, the list opened most (H9)"),
    Index.on(TICKETS, "message_ids", "company_id", why="an answer to a requester's mail (In-Reply-To, References)"),
    Index.on(TICKETS, "requester.person_id", "number", why="a requester's own tickets in the portal (P2)"),
    Index.on(PEOPLE, "company_id", "addresses", unique=True, why="who wrote; one person per address and company"),
    Index.on(PEOPLE, "company_id", "on_team", "name_key", why="the team (H7); guests by the beginning of a name"),
    Index.on(COMPANIES, "slug", unique=True, why="URLs"),
    Index.on(WORKSPACES, "company_id", "number", unique=True, why="the company's workspaces"),
    Index.on(WORKSPACES, "company_id", "key", unique=True, why="one workspace of a name, as mails name it (O7)"),
    Index.on(TEAM, "company_id", why="the company's team table (H7)"),
    Index.on(PROJECTS, "company_id", "key", unique=True, why="the company's projects; one of a name in a workspace"),
    Index.on(TAGS, "company_id", "key", unique=True, why="the company's tags; one of a name (O14)"),
    Index.on(SAVED_REPLIES, "company_id", "key", unique=True, why="the company's saved replies; one of a title (W18)"),
    Index.on(REPLY_USES, "company_id", why="how often each of the company's saved replies was used (W18)"),
    # By `_id` only; made at start, since a transaction cannot everywhere create a collection.
    Index.on(CLAIMS, "_id", why="what one may hold: a company's addresses, a person's CPF"),
    Index.on(HELD, "company_id", "state", "at", why="messages that wait for a decision"),
    *timers.INDEXES,
    Index.on(RECENT, "person_id", "at", why="the tickets that somebody opened at the desk, latest first (O12)"),
    Index.on(UNSENT, "person_id", "kept", "updated_at", why="what somebody has not sent yet, latest first"),
    Index.on(UNSENT, "gone_at", expire_after_s=30 * 86_400, why="forgets the revisions of what was sent long ago"),
    Index.on(INTERACTION_TAGS, "company_id", "tags", "place", why="interactions with a tag, latest first (W19)"),
    # By `_id` only, each document: see docs/architecture/finding.md.
    Index.on(FINDING, "_id", why="sets of tickets by field and by word"),
    Index.on(MARKS, "_id", why="tickets that changed since the finding index last looked"),
    Index.on(VIEWS, "company_id", why="saved views of a company: a few per person"),
    Index.on(JOBS, "open", "at", why="bulk edits that are not through, the oldest first (W12)"),
    Index.on(JOBS, "company_id", "at", why="a company's bulk edits, the newest first"),
    Index.on(JOB_ITEMS, "job_id", "outcome", "n", why="a bulk edit's next tickets, and what became of the others"),
    *timeline.INDEXES,
)
