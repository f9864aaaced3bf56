"""Wiring of `workflow`: the only file that knows all of it."""

from balcao.shared.bus import Bus
from balcao.shared.numbers import Numbers
from balcao.shared.service import Service
from balcao.workflow.api import routes
from balcao.workflow.handlers import register
from balcao.workflow.production import Production
from balcao.workflow.settings import Settings
from balcao.workflow.store import INDEXES, Tags, Tasks, TaskTypes


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run. `bus` replaces the one that the settings describe."""
    service = Service("workflow", settings, indexes=INDEXES, bus=bus)
    database = service.mongo.db
    production = Production(Tasks(database, service.committer), TaskTypes(database), Numbers(database))
    tags = Tags(database)
    register(service.bus, production, tags)
    service.http.include_router(routes(production, tags))
    return service
