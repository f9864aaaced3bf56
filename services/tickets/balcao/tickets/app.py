"""Wiring of `tickets`; the only module that knows everything."""

from balcao.shared.bus import Bus
from balcao.shared.numbers import Numbers
from balcao.shared.service import Service
from balcao.tickets import handlers
from balcao.tickets.answering import Answering
from balcao.tickets.api import comments as comments_api
from balcao.tickets.api import directory as directory_api
from balcao.tickets.api import drafts as drafts_api
from balcao.tickets.api import held as held_api
from balcao.tickets.api import life as life_api
from balcao.tickets.api import tickets as tickets_api
from balcao.tickets.desk import Desk
from balcao.tickets.domain import timers
from balcao.tickets.drafting import Drafting
from balcao.tickets.settings import Settings
from balcao.tickets.store import INDEXES
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.held import HeldMessages
from balcao.tickets.store.lists import TicketLists
from balcao.tickets.store.recent import RecentTickets
from balcao.tickets.store.tickets import Tickets
from balcao.tickets.store.timers import Timers
from balcao.tickets.store.unsent import UnsentWords
from balcao.tickets.timekeeping import Timekeeper


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run; tests call this too."""
    service = Service("tickets", settings, indexes=INDEXES, bus=bus)
    desk = desk_of(service)
    service.http.state.desk = desk
    answering = Answering(desk.tickets, desk.directory, UnsentWords(service.mongo.db))
    service.http.state.answering = answering
    service.http.state.drafting = Drafting(desk.tickets, desk.directory, Numbers(service.mongo.db))
    service.http.state.recent = RecentTickets(service.mongo.db)
    for module in (tickets_api, comments_api, life_api, drafts_api, directory_api, held_api):
        service.http.include_router(module.router)
    handlers.register(service.bus, desk)
    timekeeper = Timekeeper(
        Timers(service.mongo.db), {**dict.fromkeys(timers.KINDS, desk.fire_timer), "reply_out": answering.fire_timer}
    )
    service.after_start(timekeeper.start)
    service.before_stop(timekeeper.stop)
    return service


def desk_of(service: Service) -> Desk:
    """The desk on a service's database."""
    database, committer = service.mongo.db, service.committer
    numbers = Numbers(database)
    directory = Directory(database, committer)
    return Desk(
        Tickets(database, committer, directory.team),
        TicketLists(database, numbers),
        directory,
        HeldMessages(database, committer),
        numbers,
    )
