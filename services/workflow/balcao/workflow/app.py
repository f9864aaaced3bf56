"""Wiring of `workflow`: the only file that knows all of it."""

from balcao.shared.bus import Bus
from balcao.shared.calls.outside import Outside
from balcao.shared.calls.reach import Reach
from balcao.shared.calls.rounds import Rounds
from balcao.shared.calls.store import Calls
from balcao.shared.numbers import Numbers
from balcao.shared.sealing import Seal
from balcao.shared.service import Service
from balcao.shared.timekeeping import Timekeeper
from balcao.shared.timers import Timers
from balcao.workflow.api import boards as boards_api
from balcao.workflow.api import dependencies as dependencies_api
from balcao.workflow.api import last_changes as last_changes_api
from balcao.workflow.api import load as load_api
from balcao.workflow.api import phase_rules as phase_rules_api
from balcao.workflow.api import recurrences as recurrences_api
from balcao.workflow.api import tags as tags_api
from balcao.workflow.api import task_types as task_types_api
from balcao.workflow.api import tasks as tasks_api
from balcao.workflow.api import work as work_api
from balcao.workflow.api.views import Showing
from balcao.workflow.arranging import Arranging
from balcao.workflow.boards import Boards
from balcao.workflow.companies import Companies
from balcao.workflow.creating import Creating
from balcao.workflow.handlers import register, register_links, register_trackers
from balcao.workflow.linking import Linking
from balcao.workflow.load import Load
from balcao.workflow.production import Production
from balcao.workflow.recurring import Recurring
from balcao.workflow.refitting import Refitting
from balcao.workflow.ruling import Ruling
from balcao.workflow.settings import Settings
from balcao.workflow.store import INDEXES
from balcao.workflow.store.capacities import Capacities
from balcao.workflow.store.dependencies import Dependencies
from balcao.workflow.store.learned import Learned
from balcao.workflow.store.phase_rules import PhaseRules
from balcao.workflow.store.recurrences import RECUR, Recurrences
from balcao.workflow.store.tags import Tags
from balcao.workflow.store.task_types import REFIT, TaskTypes
from balcao.workflow.store.tasks import UNBLOCK, Tasks
from balcao.workflow.store.time_entries import TimeEntries
from balcao.workflow.store.trackers import Items, Told, Trackers
from balcao.workflow.trackers import api as trackers_api
from balcao.workflow.trackers.desk import TrackerDesk
from balcao.workflow.trackers.inbound import Inbound
from balcao.workflow.trackers.outbound import Outbound
from balcao.workflow.waiting import Waiting


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run. `bus` replaces the one that the settings describe."""
    service = Service("workflow", settings, indexes=INDEXES, bus=bus)
    database, committer = service.mongo.db, service.committer
    rules = PhaseRules(database, committer)
    tasks, types = Tasks(database, committer, rules.in_force), TaskTypes(database, committer)
    numbers = Numbers(database)
    tags, learned = Tags(database), Learned(database)
    companies = Companies(learned)
    production = Production(tasks, types, numbers)
    creating = Creating(tasks, types, numbers, companies, learned, tags)
    waiting = Waiting(tasks, Dependencies(database))
    showing = Showing(production, tags, learned)
    load = Load(tasks, types, companies, learned, Capacities(database, committer), TimeEntries(database))
    ruling = Ruling(rules, tasks, types, tags)
    register(service.bus, creating, tags, companies, learned)
    register_links(service.bus, Linking(tasks, types), ruling)
    service.http.include_router(phase_rules_api.routes(ruling))
    service.http.include_router(last_changes_api.routes(types, rules))
    service.http.include_router(boards_api.routes(Boards(tasks, types, numbers), showing))
    service.http.include_router(load_api.routes(load))
    service.http.include_router(tasks_api.routes(production, companies, showing))
    service.http.include_router(work_api.routes(production, creating, learned, companies, showing))
    service.http.include_router(dependencies_api.routes(waiting, showing))
    service.http.include_router(tags_api.routes(production, tags, showing))
    arranging = Arranging(types, tasks, learned, numbers)
    service.http.include_router(task_types_api.routes(production, arranging, creating))
    recurring = Recurring(Recurrences(database, committer), tasks, types, numbers, companies, creating)
    service.http.state.recurring = recurring
    service.http.include_router(recurrences_api.routes(recurring))
    fire = {UNBLOCK: waiting.tell_who_waited, REFIT: Refitting(tasks, types).fire, RECUR: recurring.fire}
    timekeeper = Timekeeper(Timers(database), fire)
    service.after_start(timekeeper.start)
    service.before_stop(timekeeper.stop)
    _with_trackers(service, settings, tasks, types, numbers, production, companies)
    return service


def _with_trackers(
    service: Service,
    settings: Settings,
    tasks: Tasks,
    types: TaskTypes,
    numbers: Numbers,
    production: Production,
    companies: Companies,
) -> None:
    """What trackers elsewhere tell, and are told."""
    database, secret = service.mongo.db, settings.service_secret.get_secret_value()
    trackers, told, items = Trackers(database, service.committer), Told(database, service.committer), Items(database)
    seal, calls = Seal(secret), Calls(database)
    outside = Outside(Reach(settings.networks), timeout_s=settings.call_timeout_s)
    desk = TrackerDesk(trackers, types, calls, outside, seal, service.bus)
    url = settings.public_url.rstrip("/")
    inbound = Inbound(
        trackers, told, items, tasks, types, numbers, production, seal, companies, secret=secret, public_url=url
    )
    outbound = Outbound(trackers, items, tasks, calls, outside, seal, secret)
    # One thing may need some requests, each with its own patience.
    rounds = Rounds(
        calls, outbound, lane_of="trackers", patience_s=4 * settings.call_timeout_s + 10, lease_s=120, in_order=True
    )
    register_trackers(service.bus, inbound, outbound, rounds)
    service.http.include_router(trackers_api.routes(desk, trackers, inbound, told, calls))
    service.before_handlers(desk.listen)
    service.after_start(rounds.start)
    service.before_stop(rounds.stop)
    service.before_stop(outside.close)
