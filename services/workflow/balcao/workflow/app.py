"""Wiring of `workflow`: the only file that knows all of it."""

from balcao.shared.bus import Bus
from balcao.shared.numbers import Numbers
from balcao.shared.service import Service
from balcao.workflow.api import tags as tags_api
from balcao.workflow.api import task_types as task_types_api
from balcao.workflow.api import tasks as tasks_api
from balcao.workflow.creating import Creating
from balcao.workflow.handlers import register
from balcao.workflow.linking import Linking
from balcao.workflow.production import Production
from balcao.workflow.settings import Settings
from balcao.workflow.store import INDEXES
from balcao.workflow.store.tags import Tags
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run. `bus` replaces the one that the settings describe."""
    service = Service("workflow", settings, indexes=INDEXES, bus=bus)
    database = service.mongo.db
    tasks, types, numbers = Tasks(database, service.committer), TaskTypes(database), Numbers(database)
    production = Production(tasks, types, numbers)
    tags = Tags(database)
    register(service.bus, Creating(tasks, types, numbers), Linking(tasks), tags)
    service.http.include_router(tasks_api.routes(production, tags))
    service.http.include_router(tags_api.routes(production, tags))
    service.http.include_router(task_types_api.routes(production))
    return service
