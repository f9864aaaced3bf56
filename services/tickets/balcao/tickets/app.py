"""Wiring of `tickets`; the only module that knows everything."""

from balcao.shared.bus import Bus
from balcao.shared.numbers import Numbers
from balcao.shared.service import Service
from balcao.shared.timekeeping import Timekeeper
from balcao.shared.timers import Timers
from balcao.tickets import handlers
from balcao.tickets.agendas import Agendas
from balcao.tickets.answering import Answering
from balcao.tickets.api import approvals as approvals_api
from balcao.tickets.api import bulk as bulk_api
from balcao.tickets.api import comments as comments_api
from balcao.tickets.api import directory as directory_api
from balcao.tickets.api import drafts as drafts_api
from balcao.tickets.api import fates as fates_api
from balcao.tickets.api import fields as fields_api
from balcao.tickets.api import held as held_api
from balcao.tickets.api import history as history_api
from balcao.tickets.api import imports as imports_api
from balcao.tickets.api import interactions as interactions_api
from balcao.tickets.api import life as life_api
from balcao.tickets.api import lists as lists_api
from balcao.tickets.api import merging as merging_api
from balcao.tickets.api import moving as moving_api
from balcao.tickets.api import opening as opening_api
from balcao.tickets.api import people as people_api
from balcao.tickets.api import reaching as reaching_api
from balcao.tickets.api import saved_replies as saved_replies_api
from balcao.tickets.api import saved_views as views_api
from balcao.tickets.api import search as search_api
from balcao.tickets.api import sorting as sorting_api
from balcao.tickets.api import task_links as task_links_api
from balcao.tickets.api import tickets as tickets_api
from balcao.tickets.bulk_editing import BulkEditing
from balcao.tickets.desk import Desk
from balcao.tickets.domain import timers
from balcao.tickets.drafting import Drafting
from balcao.tickets.editing import Editing
from balcao.tickets.finding import TicketFinder
from balcao.tickets.following import Following
from balcao.tickets.linking import Linking
from balcao.tickets.moving import Moving
from balcao.tickets.reaching import Reaching
from balcao.tickets.replying import Replying
from balcao.tickets.ruling import Ruling
from balcao.tickets.settings import Settings
from balcao.tickets.store import INDEXES
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.fates import Fates
from balcao.tickets.store.held import HeldMessages
from balcao.tickets.store.indexing import Indexer
from balcao.tickets.store.interactions import InteractionTags
from balcao.tickets.store.jobs import Jobs
from balcao.tickets.store.lists import TicketLists
from balcao.tickets.store.marks import MarkingCommitter
from balcao.tickets.store.recent import RecentTickets
from balcao.tickets.store.search import Search
from balcao.tickets.store.several import SeveralTickets
from balcao.tickets.store.tickets import Tickets
from balcao.tickets.store.unsent import UnsentWords
from balcao.tickets.store.views import Views
from balcao.tickets.tagging import Tagging


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run; tests call this too."""
    service = Service("tickets", settings, indexes=INDEXES, bus=bus)
    service.committer = MarkingCommitter(service.mongo, service.relay)
    desk = desk_of(service)
    service.http.state.desk = desk
    service.http.state.views = Views(service.mongo.db)
    service.http.state.finder = TicketFinder(desk.lists, Search(service.mongo.db, desk.lists), desk.directory)
    answering = Answering(desk.tickets, desk.directory, UnsentWords(service.mongo.db))
    service.http.state.answering = answering
    service.http.state.tagging = Tagging(desk.tickets, desk.directory, InteractionTags(service.mongo.db))
    service.http.state.drafting = Drafting(desk.tickets, desk.directory, desk.numbers)
    service.http.state.recent = RecentTickets(service.mongo.db)
    service.http.state.fates = Fates(service.mongo.db)
    # lists and search first: their paths look like a ticket's number to the routes of single tickets
    for module in (
        lists_api,
        search_api,
        views_api,
        opening_api,
        tickets_api,
        comments_api,
        interactions_api,
        life_api,
        drafts_api,
        fields_api,
        merging_api,
        moving_api,
        task_links_api,
        approvals_api,
        bulk_api,
        history_api,
        directory_api,
        people_api,
        reaching_api,
        sorting_api,
        saved_replies_api,
        imports_api,
        held_api,
        fates_api,
    ):
        service.http.include_router(module.router)
    _edit_and_link(service, desk)
    following = Following(desk.tickets)
    service.http.state.following = following
    reaching = Reaching(desk.directory.people)
    service.http.state.reaching = reaching
    ruling = Ruling(desk.tickets, desk.directory)
    service.http.state.ruling = ruling
    agendas = Agendas(service.http.state.finder, desk.directory, service.committer)
    handlers.register(service.bus, desk, following, ruling, reaching, agendas)
    timekeeper = Timekeeper(
        Timers(service.mongo.db), {**dict.fromkeys(timers.KINDS, desk.fire_timer), "reply_out": answering.fire_timer}
    )
    service.after_start(timekeeper.start)
    service.before_stop(timekeeper.stop)
    indexer = Indexer(service.mongo.db)
    service.after_start(indexer.start)
    service.before_stop(indexer.stop)
    return service


def _edit_and_link(service: Service, desk: Desk) -> None:
    """Editing, merging, splitting and undoing, one ticket at a time or many."""
    database, committer, directory = service.mongo.db, service.committer, desk.directory
    editing = Editing(desk.tickets, directory)
    several = SeveralTickets(database, committer, desk.tickets, directory.team)
    linking = Linking(several, editing, directory, Numbers(database))
    bulk = BulkEditing(Jobs(database, committer), linking, desk.lists, directory)
    service.http.state.editing = editing
    service.http.state.replying = Replying(directory, editing)
    service.http.state.several = several
    service.http.state.linking = linking
    service.http.state.moving = Moving(several, desk.tickets, directory, Numbers(database))
    service.http.state.bulk = bulk
    service.after_start(bulk.start)
    service.before_stop(bulk.stop)


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
