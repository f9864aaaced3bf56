"""Wiring of `tickets`; the only module that knows everything."""

from balcao.shared.bus import Bus
from balcao.shared.numbers import Numbers
from balcao.shared.service import Service
from balcao.tickets import handlers
from balcao.tickets.api import directory as directory_api
from balcao.tickets.api import held as held_api
from balcao.tickets.api import tickets as tickets_api
from balcao.tickets.desk import Desk
from balcao.tickets.settings import Settings
from balcao.tickets.store import INDEXES
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.held import HeldMessages
from balcao.tickets.store.lists import TicketLists
from balcao.tickets.store.tickets import Tickets


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run; tests call this too."""
    service = Service("tickets", settings, indexes=INDEXES, bus=bus)
    desk = desk_of(service)
    service.http.state.desk = desk
    for module in (tickets_api, directory_api, held_api):
        service.http.include_router(module.router)
    handlers.register(service.bus, desk)
    return service


def desk_of(service: Service) -> Desk:
    """The desk on a service's database."""
    database, committer = service.mongo.db, service.committer
    numbers = Numbers(database)
    return Desk(
        Tickets(database, committer),
        TicketLists(database, numbers),
        Directory(database, committer),
        HeldMessages(database, committer),
        numbers,
    )
