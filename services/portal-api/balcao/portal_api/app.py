"""Wiring of the gateway: the only file that knows everything."""

from datetime import timedelta

from balcao.portal_api import api, assets, hooks, pages, problems
from balcao.portal_api.approvals import Approvals
from balcao.portal_api.clients import Upstream, Upstreams
from balcao.portal_api.companies import Companies
from balcao.portal_api.downloads import Downloads
from balcao.portal_api.edge import Edge
from balcao.portal_api.forgotten_passwords import ForgottenPasswords
from balcao.portal_api.gate import Gate
from balcao.portal_api.handlers import register
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.live import HEARD, Live
from balcao.portal_api.logos import Logos
from balcao.portal_api.pages.directory import CHANGING, Directory
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.passwords import Passwords
from balcao.portal_api.presence import Presence
from balcao.portal_api.settings import GatewaySettings
from balcao.portal_api.sign_in import SignIn
from balcao.portal_api.store import INDEXES, Store
from balcao.portal_api.uploads import MOST_FILE_BYTES, Uploads
from balcao.shared.bus import Bus
from balcao.shared.events import PresenceShown
from balcao.shared.files import Files
from balcao.shared.mongo import Mongo
from balcao.shared.service import Service

_MOST_BODY_BYTES = MOST_FILE_BYTES + 1024 * 1024
"""One file of the largest size, and the form around it."""


def build(settings: GatewaySettings, bus: Bus | None = None) -> Service:
    """The gateway, ready to run. Each service behind it may be away: what needs it answers 503 meanwhile."""
    service = Service("portal-api", settings, indexes=INDEXES, bus=bus, most_body_bytes=_MOST_BODY_BYTES)
    secret = settings.service_secret.get_secret_value()
    files_database = Mongo(settings.mongo_url, settings.database_prefix + "files")
    files, passwords, store = Files(files_database), Passwords(), Store(service.mongo)
    companies = Companies(store)
    sign_in = SignIn(store, companies, passwords, timedelta(days=settings.session_days))
    upstreams = connect(settings, secret)
    invited = Invitations(store, companies, passwords, sign_in, upstreams.notifier, secret)
    forgotten = ForgottenPasswords(store, service.committer, companies, passwords, sign_in, upstreams.notifier, secret)
    gate = Gate(sign_in, secret, settings.public_url)
    uploads, downloads = Uploads(files, secret), Downloads(upstreams, files)
    static = assets.Assets()
    shell = Shell(gate, companies, static)
    logos = Logos(files, companies)

    live = Live(most_streams=settings.live_streams)
    presence = Presence(service.bus, upstreams.tickets, live.presence_changed)

    directory = Directory(upstreams, store)

    def overheard(type_: str, body: bytes) -> None:
        if type_ in changing:
            directory.heard(body)
        if type_ in heard_live:
            live.heard(type_, body)
        elif type_ == PresenceShown.type:
            presence.heard(body)

    def missed() -> None:
        directory.missed()
        live.missed()

    changing, heard_live = ({fact.type for fact in facts} for facts in (CHANGING, HEARD))
    overhearing = service.bus.overhearing({*HEARD, *CHANGING, PresenceShown}, overheard, missed)

    register(service.bus, store)
    problems.install(service.http, shell.error_page)
    service.http.include_router(assets.routes(static))
    service.http.include_router(
        api.routes(
            gate=gate,
            sign_in=sign_in,
            invited=invited,
            forgotten=forgotten,
            store=store,
            upstreams=upstreams,
            uploads=uploads,
            downloads=downloads,
            live=live,
            at_tickets=presence,
            logos=logos,
        )
    )
    service.http.include_router(hooks.routes(upstreams.workflow, settings.public_url))
    service.http.include_router(
        pages.routes(
            shell=shell,
            sign_in_desk=sign_in,
            invited=invited,
            forgotten_passwords=forgotten,
            store=store,
            upstreams=upstreams,
            uploads=uploads,
            approvals=Approvals(upstreams, downloads, secret),
            logos=logos,
            at_tickets=presence,
            directory=directory,
        )
    )
    service.http.add_middleware(Edge, secure=settings.public_url.startswith("https:"))

    @service.after_start
    async def listen() -> None:
        overhearing.start()
        presence.start()

    service.when_leaving(live.close)
    service.before_stop(overhearing.stop)
    service.before_stop(presence.stop)

    @service.before_stop
    async def close() -> None:
        await upstreams.aclose()
        passwords.close()
        files_database.close()

    return service


def connect(settings: GatewaySettings, secret: str) -> Upstreams:
    """The clients of all services, made once; they connect when first used."""

    def to(name: str, url: str) -> Upstream:
        return Upstream(name, url, secret, timeout_s=settings.upstream_timeout_s)

    return Upstreams(
        tickets=to("tickets", settings.tickets_url),
        workflow=to("workflow", settings.workflow_url),
        notifier=to("notifier", settings.notifier_url),
        intake=to("intake", settings.intake_url),
    )
