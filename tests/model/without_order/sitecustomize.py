"""For tests alone: with this folder on its path `tickets` takes each fact about a task for news, however old it is."""

from balcao.tickets.domain import production

production.is_past = lambda ticket, task: task.id in ticket.moved_tasks or task.id in ticket.left_tasks
