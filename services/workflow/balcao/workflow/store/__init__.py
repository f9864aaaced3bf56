"""What `workflow` keeps, and the only modules that name its collections."""

from balcao.shared import timeline, timers
from balcao.shared.calls.store import INDEXES as CALLS_INDEXES
from balcao.shared.mongo import Index
from balcao.shared.numbers import COUNTERS

TASKS = "tasks"
TASK_TYPES = "task_types"
TAGS = "tags"
COMPANIES = "companies"
PEOPLE = "people"
PROJECTS = "projects"
CAPACITIES = "capacities"
TIME_ENTRIES = "time_entries"
DEPENDENCY_GUARDS = "dependency_guards"
RECURRENCES = "recurrences"
PHASE_RULES = "phase_rules"
TRACKERS = "trackers"
TRACKER_DELIVERIES = "tracker_deliveries"
"""What trackers told us."""
TRACKER_ITEMS = "tracker_items"
"""Which piece of work in a tracker is which task."""

INDEXES = (
    Index.on(TASKS, "company_id", "number", why="a task by its number; numbers never repeat", unique=True),
    Index.on(TASKS, "company_id", "place", why="all tasks, or those in one state, in the board's order"),
    Index.on(TASKS, "company_id", "executor.person_id", "place", why="one person's tasks (H9)"),
    Index.on(TASKS, "company_id", "type_id", "phase.id", "place", why="one column of a board"),
    Index.on(TASKS, "company_id", "tags", "place", why="tasks with a tag, in the board's order (O14)"),
    Index.on(TASKS, "company_id", "tickets.id", why="the tasks that serve a ticket"),
    Index.on(TASK_TYPES, "company_id", "key", why="a company's task types; one of a name", unique=True),
    Index.on(TAGS, "company_id", why="a company's tags (O14)"),
    Index.on(COMPANIES, "_id", why="companies' calendars, as the directory last said them"),
    Index.on(PEOPLE, "company_id", "on_team", why="a company's team"),
    Index.on(PROJECTS, "company_id", why="a company's projects"),
    Index.on(CAPACITIES, "company_id", why="how much work each of a company's people takes"),
    Index.on(TIME_ENTRIES, "company_id", "day", why="time spent within some weeks, by person"),
    Index.on(PHASE_RULES, "company_id", "archived", why="a company's rules in force"),
    Index.on(RECURRENCES, "company_id", "number", why="a company's recurrences; numbers never repeat", unique=True),
    Index.on(DEPENDENCY_GUARDS, "_id", why="one dependency at a time per company, or circles could come of two"),
    Index.on(TRACKERS, "company_id", why="a company's trackers"),
    Index.on(TRACKER_DELIVERIES, "tracker_id", "-place", why="what a tracker told, the latest first"),
    Index.on(TRACKER_DELIVERIES, "expires_at", why="what was told is kept for a while only", expire_after_s=0),
    Index.on(TRACKER_ITEMS, "company_id", "task_id", why="where a task is known elsewhere"),
    *CALLS_INDEXES,
    *timers.INDEXES,
    # Made at start: a collection cannot everywhere be created by the first write inside a transaction.
    Index.on(COUNTERS, "_id", why="numbers per company"),
    *timeline.INDEXES,
)
