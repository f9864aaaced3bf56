"""The catcher's HTTP side: a JSON list, raw mails, and a plain page to read them on."""

import email
import email.policy
from dataclasses import asdict
from email.message import Message
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from balcao.local.catcher.store import CaughtMail, MailStore

LONGEST_WAIT_S = 60.0
LARGEST_PAGE = 10_000
NEWEST_SHOWN = 200

# Mails are strangers' content: no script runs, nothing is fetched, the HTML part is shown in a sandbox.
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f8fa;padding:1rem}"
    "iframe{width:100%;height:36rem;border:1px solid #d0d7de}.muted{color:#59636e}"
)


class CatcherPages:
    """The routes over one store."""

    def __init__(self, store: MailStore) -> None:
        """Nothing is kept besides `store`."""
        self._store = store

    async def ready(self, _request: Request) -> Response:
        """Answer 200 as soon as we answer at all."""
        return PlainTextResponse("ready")

    async def mails(self, request: Request) -> Response:
        """GET /mails?to=&since=&limit=&wait=: oldest first; `wait` seconds for the first match (at most 60)."""
        query = request.query_params
        try:
            limit = min(int(query.get("limit", "1000")), LARGEST_PAGE)
            wait = min(float(query.get("wait", "0")), LONGEST_WAIT_S)
            to, since = query.get("to"), query.get("since")
            found = await self._store.wait(to=to, since=since, limit=max(limit, 1), seconds=wait)
        except ValueError as error:
            return JSONResponse({"error": f"bad parameter: {error}"}, status_code=400)
        return JSONResponse([asdict(mail) for mail in found])

    async def raw(self, request: Request) -> Response:
        """GET /mails/{id}: the mail as it came."""
        raw = self._store.raw(request.path_params["id"])
        if raw is None:
            return JSONResponse({"error": "no such mail"}, status_code=404)
        return Response(raw, media_type="message/rfc822", headers=SAFE)

    async def index(self, _request: Request) -> Response:
        """GET /: the newest mails."""
        rows = "".join(
            f"<tr><td class=muted>{escape(mail.at[:19].replace('T', ' '))}</td>"
            f"<td>{escape(', '.join(mail.recipients))}</td>"
            f"<td><a href='/mails/{mail.id}/page'>{escape(mail.subject or '(sem assunto)')}</a></td></tr>"
            for mail in self._store.newest(NEWEST_SHOWN)
        )
        table = f"<table><tr><th>Quando (UTC)</th><th>Para</th><th>Assunto</th></tr>{rows}</table>"
        return _page("E-mails enviados", table if rows else "<p>Nenhum e-mail ainda.</p>")

    async def page(self, request: Request) -> Response:
        """GET /mails/{id}/page: one mail to read."""
        mail, raw = self._store.get(request.path_params["id"]), self._store.raw(request.path_params["id"])
        if mail is None or raw is None:
            return _page("Não há este e-mail", "<p><a href='/'>Todos os e-mails</a></p>", status=404)
        return _page(mail.subject or "(sem assunto)", _mail_body(mail, raw))


def build_app(store: MailStore) -> Starlette:
    """The HTTP application over `store`."""
    pages = CatcherPages(store)
    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/health/ready", pages.ready),
            Route("/health/live", pages.ready),
            Route("/mails", pages.mails),
            Route("/mails/{id:int}", pages.raw),
            Route("/mails/{id:int}/page", pages.page),
        ]
    )


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        f"<!doctype html><html lang=pt-BR><meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{escape(title)}</h1>{body}",
        status_code=status,
        headers=SAFE,
    )


def _mail_body(mail: CaughtMail, raw: bytes) -> str:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    facts = {
        "De": mail.sender,
        "Para": ", ".join(mail.recipients),
        "Responder para": mail.reply_to,
        "Message-ID": mail.message_id,
        "In-Reply-To": mail.in_reply_to,
        "Quando (UTC)": mail.at,
    }
    rows = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in facts.items() if value)
    texts, html, files = "", "", ""
    for part in message.walk():
        if part.is_multipart():
            continue
        if part.get_filename():
            files += f"<li>{escape(str(part.get_filename()))} <span class=muted>{part.get_content_type()}</span></li>"
        elif part.get_content_type() == "text/html":
            html += f'<iframe sandbox srcdoc="{escape(_text(part))}" title="HTML"></iframe>'
        elif part.get_content_maintype() == "text":
            texts += f"<pre>{escape(_text(part))}</pre>"
    files = f"<h2>Anexos</h2><ul>{files}</ul>" if files else ""
    links = f"<p><a href='/'>Todos os e-mails</a> · <a href='/mails/{mail.id}'>original</a></p>"
    return f"{links}<table>{rows}</table>{texts}{html}{files}"


def _text(part: Message) -> str:
    """The part's text whatever it says about itself: unknown charsets are read as UTF-8."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
