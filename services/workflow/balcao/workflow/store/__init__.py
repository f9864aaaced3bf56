"""What `workflow` keeps, and the only modules that name its collections."""

from balcao.shared import timeline
from balcao.shared.mongo import Index
from balcao.shared.numbers import COUNTERS

TASKS = "tasks"
TASK_TYPES = "task_types"
TAGS = "tags"

INDEXES = (
    Index.on(TASKS, "company_id", "number", why="a task by its number; numbers never repeat", unique=True),
    Index.on(TASKS, "company_id", "place", why="all tasks, or those in one state, in the board's order"),
    Index.on(TASKS, "company_id", "executor.person_id", "place", why="one person's tasks (H9)"),
    Index.on(TASKS, "company_id", "phase.kind", "place", why="one column of the board"),
    Index.on(TASKS, "company_id", "tags", "place", why="tasks with a tag, in the board's order (O14)"),
    Index.on(TASKS, "company_id", "tickets.id", why="the tasks that serve a ticket"),
    Index.on(TASK_TYPES, "company_id", why="a company's task types"),
    Index.on(TAGS, "company_id", why="a company's tags (O14)"),
    # Made at start: a collection cannot everywhere be created by the first write inside a transaction.
    Index.on(COUNTERS, "_id", why="numbers per company"),
    *timeline.INDEXES,
)
