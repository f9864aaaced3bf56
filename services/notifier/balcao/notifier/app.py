"""Wiring of `notifier`; the only module that knows everything."""

import re
import socket
from datetime import timedelta

from balcao.notifier import api, handlers
from balcao.notifier.companies import Companies
from balcao.notifier.courier import Courier
from balcao.notifier.enclosures import Enclosures
from balcao.notifier.letters.compose import Composer
from balcao.notifier.mail_out import MailOut, Relay
from balcao.notifier.retries import Retries
from balcao.notifier.settings import Settings
from balcao.notifier.store import INDEXES
from balcao.notifier.store.deliveries import Deliveries
from balcao.notifier.store.notices import Notices
from balcao.notifier.store.profiles import Profiles
from balcao.notifier.teller import Teller
from balcao.shared.bus import Bus
from balcao.shared.files import Files
from balcao.shared.mongo import Mongo
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
    courier = Courier(
        deliveries,
        composer,
        enclosures,
        mail_out,
        patience_s=settings.relay_timeout_s,
        give_up_after=timedelta(hours=settings.give_up_after_h),
    )
    retries = Retries(deliveries, companies, courier, mail_out)
    handlers.register(service.bus, Teller(deliveries, companies, courier, retries))
    service.http.include_router(api.routes(Notices(service.mongo.db), deliveries, companies, composer, enclosures))
    service.after_start(retries.start)
    service.before_stop(retries.stop)
    service.before_stop(mail_out.close)

    @service.before_stop
    async def close_files() -> None:
        shared_files.close()

    return service


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
