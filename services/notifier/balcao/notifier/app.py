"""Wiring of `notifier`; the only module that knows everything."""

import re
import socket
from datetime import timedelta

from balcao.notifier import api, handlers, identity_api, notices_api, preferences_api, previews_api, returned_mail
from balcao.notifier.allowances import Allowances
from balcao.notifier.bounces import Bounces
from balcao.notifier.companies import Companies
from balcao.notifier.courier import Courier
from balcao.notifier.destinations import Destinations
from balcao.notifier.digests import Digests
from balcao.notifier.domain.gathering import Pace
from balcao.notifier.domain.rates import Rates
from balcao.notifier.enclosures import Enclosures
from balcao.notifier.gathering import Gatherer
from balcao.notifier.hurdles import Hurdles
from balcao.notifier.identities import Presenting
from balcao.notifier.in_app import InApp
from balcao.notifier.key_lookup import KeyLookup
from balcao.notifier.letters.compose import Composer
from balcao.notifier.mail_out import MailOut, Relay
from balcao.notifier.previews import Previews
from balcao.notifier.retries import Retries
from balcao.notifier.scribe import Scribe
from balcao.notifier.settings import Settings
from balcao.notifier.store import INDEXES
from balcao.notifier.store.agenda_days import AgendaDays
from balcao.notifier.store.allowances import Draws
from balcao.notifier.store.bounces import BouncedDeliveries
from balcao.notifier.store.deliveries import Deliveries
from balcao.notifier.store.gathering import Gathering
from balcao.notifier.store.identities import Identities
from balcao.notifier.store.notices import Notices
from balcao.notifier.store.people import People
from balcao.notifier.store.preferences import Choices
from balcao.notifier.store.profiles import Profiles
from balcao.notifier.store.unreachable import MarkedAddresses
from balcao.notifier.store.webhooks import Endpoints
from balcao.notifier.teller import Teller
from balcao.notifier.unreachable import Unreachable
from balcao.notifier.webhooks import api as webhooks_api
from balcao.notifier.webhooks.desk import Webhooks
from balcao.notifier.wishes import Wishes
from balcao.shared.bus import Bus
from balcao.shared.calls.outside import Outside
from balcao.shared.calls.reach import Reach
from balcao.shared.calls.rounds import Rounds
from balcao.shared.calls.store import Calls
from balcao.shared.files import Files
from balcao.shared.mongo import Mongo
from balcao.shared.sealing import Seal
from balcao.shared.service import Service

_HOST_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run; tests call this too."""
    service = Service("notifier", settings, indexes=INDEXES, bus=bus)
    shared_files = Mongo(settings.mongo_url, settings.database_prefix + "files")
    deliveries = Deliveries(service.mongo, service.committer)
    companies = Companies(Profiles(service.mongo.db))
    composer = Composer(settings.service_secret.get_secret_value(), settings.public_url)
    enclosures = Enclosures(Files(shared_files))
    mail_out = MailOut(_relay(settings), connections=settings.relay_connections, timeout_s=settings.relay_timeout_s)
    seal = Seal(settings.service_secret.get_secret_value())
    presenting = Presenting(Identities(service.mongo.db), seal)
    scribe = Scribe(composer, enclosures, presenting)
    unreachable = Unreachable(MarkedAddresses(service.mongo.db))
    courier = Courier(
        deliveries,
        scribe,
        Hurdles(unreachable, Allowances(Draws(service.mongo.db)), _rates(settings)),
        Destinations(settings.relay_connections),
        mail_out,
        patience_s=settings.relay_timeout_s,
        give_up_after=timedelta(hours=settings.give_up_after_h),
    )
    retries = Retries(deliveries, companies, courier, mail_out)
    calls = Calls(service.mongo.db)
    outside = Outside(Reach(settings.networks), timeout_s=settings.call_timeout_s)
    webhooks = Webhooks(Endpoints(service.mongo.db, service.committer), calls, outside, seal, service.bus)
    rounds = Rounds(calls, webhooks, lane_of="webhooks", patience_s=settings.call_timeout_s)
    notices = Notices(service.mongo.db)
    in_app = InApp(notices, service.bus)
    wishes = Wishes(People(service.mongo.db), Choices(service.mongo.db))
    gathering = Gathering(service.mongo, service.committer)
    gatherer = Gatherer(gathering, retries)
    pace = Pace(timedelta(seconds=settings.gather_s))
    teller = Teller(deliveries, companies, courier, retries, wishes, gathering, pace, in_app)
    handlers.register(service.bus, teller, webhooks, rounds)
    bounces = Bounces(BouncedDeliveries(service.mongo.db, service.committer))
    returned_mail.register(service.bus, bounces, unreachable)
    service.http.include_router(identity_api.routes(presenting, companies, KeyLookup(settings.resolvers)))
    service.http.include_router(webhooks_api.routes(webhooks, calls))
    service.http.include_router(api.routes(deliveries, scribe))
    service.http.include_router(previews_api.routes(Previews(companies, wishes, scribe)))
    service.http.include_router(notices_api.routes(notices, in_app))
    service.http.include_router(preferences_api.routes(wishes))
    service.before_handlers(webhooks.listen)
    service.before_handlers(wishes.refresh)
    digests = Digests(wishes, companies, AgendaDays(service.committer))
    for lookout in (wishes.lookout, gatherer.lookout, digests.lookout):
        service.after_start(lookout.start)
        service.before_stop(lookout.stop)
    service.after_start(retries.start)
    service.after_start(rounds.start)
    service.before_stop(rounds.stop)
    service.before_stop(outside.close)
    service.before_stop(retries.stop)
    service.before_stop(mail_out.close)

    @service.before_stop
    async def close_files() -> None:
        shared_files.close()

    return service


def _rates(settings: Settings) -> Rates:
    return Rates.per_hour(
        company=settings.mails_per_company,
        recipient=settings.mails_per_recipient,
        domain=settings.mails_per_domain,
        loop_mails=settings.loop_mails,
        loop_minutes=settings.loop_minutes,
    )


def _relay(settings: Settings) -> Relay:
    name = socket.gethostname()
    return Relay(
        host=settings.relay_host,
        port=settings.relay_port,
        tls=settings.relay_tls,
        ca_file=settings.relay_ca_file,
        user=settings.relay_user,
        password=settings.relay_password.get_secret_value(),
        hello=name if _HOST_NAME.fullmatch(name) else "localhost",
    )
