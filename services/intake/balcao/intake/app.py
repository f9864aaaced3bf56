"""Wiring of `intake`: the only file that knows all of it."""

import sys

from balcao.intake import contents, deciding_api, upload
from balcao.intake.api import routes
from balcao.intake.certificate import Certificate, CertificateUnusable
from balcao.intake.client_limits import ClientLimits
from balcao.intake.deciding import Deciding
from balcao.intake.fates import Fates
from balcao.intake.handlers import register
from balcao.intake.imap.api import routes as mailbox_routes
from balcao.intake.imap.poller import Poller
from balcao.intake.imap.standing import Standings
from balcao.intake.known import KnownCompanies
from balcao.intake.ledger import Ledger
from balcao.intake.lmtp import LmtpDoor
from balcao.intake.readers import Readers
from balcao.intake.reception import Reception
from balcao.intake.settings import Settings, secrets_in
from balcao.intake.smtp import SmtpDoor
from balcao.intake.store import INDEXES, Companies, Mails
from balcao.shared.bus import Bus
from balcao.shared.service import Service


def build(settings: Settings, bus: Bus | None = None) -> Service:
    """The service, ready to run. `bus` replaces the one that the settings describe."""
    # An upload is a whole mail.
    service = Service("intake", settings, indexes=INDEXES, bus=bus, most_body_bytes=settings.most_mail_bytes)
    companies = KnownCompanies(Companies(service.mongo))
    mails = Mails(service.mongo, service.committer)
    readers = Readers(settings.mail_readers, settings.mail_reading_limit_s)
    secret = settings.service_secret.get_secret_value()
    reception = Reception(mails, companies, secret, readers, settings.trusted_authserv)
    doors = _doors(settings, companies, reception)
    standings = Standings(service.mongo, settings.imap_lease_s)
    poller = Poller(
        settings.mailboxes,
        standings,
        reception,
        companies,
        most_bytes=settings.most_mail_bytes,
        lease_s=settings.imap_lease_s,
    )
    register(service.bus, companies)
    fates = Fates(settings.tickets_url, secret) if settings.tickets_url else None
    service.http.include_router(routes(reception, mails, Ledger(service.mongo), fates))
    service.http.include_router(contents.routes(mails, readers))
    deciding = Deciding(mails, Companies(service.mongo), readers, secret, settings.trusted_authserv)
    service.http.include_router(deciding_api.routes(deciding, mails))
    service.http.include_router(mailbox_routes(standings, companies))
    service.http.include_router(upload.routes(companies, reception, secrets_in(settings.upload_secrets)))
    service.before_handlers(companies.start)
    service.before_handlers(readers.start)
    for door in doors:
        service.after_start(door.start)
        service.before_stop(door.stop)
    service.after_start(poller.start)
    service.before_stop(poller.stop)
    service.before_stop(companies.stop)
    service.before_stop(readers.stop)
    if fates is not None:
        service.before_stop(fates.close)
    return service


def _doors(settings: Settings, companies: KnownCompanies, reception: Reception) -> list[SmtpDoor]:
    """The mail doors; they share the limits by client and the certificate. Ends the process when that is unusable."""
    certificate = None
    if settings.smtp_tls_certificate:
        try:
            certificate = Certificate(settings.smtp_tls_certificate, settings.smtp_tls_key)
        except CertificateUnusable as error:
            sys.stderr.write(f"BALCAO_SMTP_TLS_CERTIFICATE, BALCAO_SMTP_TLS_KEY: can't be used: {error}\n")
            raise SystemExit(2) from None
    limits = ClientLimits(settings)
    doors = [SmtpDoor(settings, companies, reception, limits=limits, certificate=certificate)]
    if settings.lmtp_port:
        doors.append(LmtpDoor(settings, companies, reception, limits=limits, certificate=certificate))
    return doors
