"""What stands behind the door in these tests: a real HTTP server that plays the services and remembers all it heard."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from balcao.shared.errors import NotSignedIn
from balcao.shared.tokens import Acting, read_acting

NOTE = "o cliente anterior reclamou disto"
PLAN = "Refazer a arte em 300 dpi"
HTML_FILE = {"file_id": "mail:m1/2", "name": "promo ção.html", "media_type": "text/html", "size": 40}
SVG_FILE = {"file_id": "mail:m1/4", "name": "marca.svg", "media_type": "image/svg+xml", "size": 90}
NOTE_FILE = {"file_id": "mail:m2/1", "name": "interno.pdf", "media_type": "application/pdf", "size": 9}
FILES = {
    "m1/2": b"<script>alert(1)</script>",
    "m1/4": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
    "m2/1": b"%PDF-nota",
    "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c/2.1": b"<svg onload=alert(1)>",
}
VIEW = {
    "id": "v1",
    "version": 2,
    "mine": True,
    "name": "Urgentes <do site>",
    "shared": False,
    "place": 10,
    "filter": {"status": ["open"], "band": ["urgent"]},
    "order": "updated",
    "text": "",
}
REQUESTER = {"person_id": "gina", "name": "Gina Lima", "address": "gina@cliente.test"}
ANALYST = {"person_id": "ana", "name": "Ana Prado", "address": "ana@agencia.test"}
PHASES = [
    {"id": "todo", "name": "A fazer", "kind": "todo"},
    {"id": "doing", "name": "Produzindo", "kind": "doing"},
    {"id": "external", "name": "Homologação externa", "kind": "external_approval"},
    {"id": "done", "name": "Concluída", "kind": "done"},
]
TAG = {"id": "site", "name": "Site", "colour": "#0b6170", "archived": False, "version": 1}
COUNTED = {
    "count": 3,
    "shown": "3",
    "by_stage": {"triage": {"count": 1, "shown": "1"}, "production": {"count": 2, "shown": "2"}},
}
"""What a list has in all, and in each stage."""
HOME = {
    "with_me": {"count": 3, "by_stage": {"triage": 1, "production": 2}},
    "overdue": {"mine": 1, "all": 2},
    "due_today": {"mine": 0, "all": 1},
}
"""The figures where one begins."""
ITEM = "0b41c0a1-58a4-5c2e-9f0a-6d1f7a52d2c0"

_DIRECTORY = (
    "/company",
    "/directory",
    "/imports",
    "/me",
    "/people",
    "/projects",
    "/saved-replies",
    "/tags",
    "/team-table",
    "/workspaces",
)

_LISTS = ("/tickets/search", "/tickets/count", "/tickets/places", "/tickets/rows", "/home")
_BULK_EDITS = tuple(f"/bulk-edits{rest}" for rest in ("", "/job-1", "/job-1/results", "/job-1/cancel", "/job-1/undo"))


@dataclass(frozen=True)
class Asked:
    """One request that reached a service."""

    service: str
    method: str
    path: str
    acting: Acting
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Behind:
    """The services' side, as a test sees and sets it."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    refusals: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """Answers to give instead, by path."""
    ticket: dict[str, Any] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    """Filters that the ticket does not fit any more."""
    mails: list[dict[str, Any]] = field(default_factory=list)
    """Rows of the ledger that are held and wait."""
    company: dict[str, Any] = field(default_factory=dict)
    """What the company has settled."""
    person: dict[str, Any] = field(default_factory=dict)
    """The requester's profile."""
    listed: bool = True
    """Whether lists of tickets and of tasks have theirs; else they are empty."""

    def reset(self) -> None:
        """As at the beginning."""
        self.asked.clear()
        self.refusals.clear()
        self.left, self.company, self.listed, self.mails = [], {}, True, []
        self.person = {"id": "gina", "name": "Gina Lima", "roles": [], "version": 3}
        self.ticket, self.task = a_ticket(), a_task()

    def of(self, path: str) -> list[Asked]:
        """The requests for this path."""
        return [one for one in self.asked if one.path == path]

    def last(self) -> Asked:
        """The latest request that changes something."""
        return next(one for one in reversed(self.asked) if one.method != "GET")


@asynccontextmanager
async def services_behind(secret: str) -> AsyncIterator[Behind]:
    """The server, listening on loopback."""
    behind = Behind()
    behind.reset()
    listening = listen()
    config = uvicorn.Config(_app(behind, secret), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    behind.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield behind
    finally:
        server.should_exit = True
        await serving


def listen() -> socket.socket:
    """A socket on a free port below 32768."""
    for port in range(21000, 32000, 7):
        # Named as TCP, or asyncio would leave Nagle on and each answer would wait for a delayed ACK.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            # Until somebody listens another test process may bind it too.
            listening.listen()
        except OSError:
            listening.close()
        else:
            return listening
    raise RuntimeError("no free port")


def _app(behind: Behind, secret: str) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.api_route("/{service}/v1/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def answer(service: str, rest: str, request: Request) -> Response:
        try:
            acting = read_acting(request.headers["authorization"].removeprefix("Bearer "), secret, service)
        except (NotSignedIn, KeyError):
            return JSONResponse({"title": "no"}, 401)
        body = await _body(request)
        path = f"/{rest}"
        behind.asked.append(
            Asked(service, request.method, path, acting, dict(request.query_params), body, dict(request.headers))
        )
        if path in behind.refusals:
            status, problem = behind.refusals[path]
            return JSONResponse(problem, status, media_type="application/problem+json")
        play = {"tickets": _tickets, "workflow": _workflow, "notifier": _notifier, "intake": _intake}[service]
        return play(behind, request.method, path, acting)

    return app


async def _body(request: Request) -> Any:
    content = await request.body()
    if not content:
        return None
    as_it_is = request.headers.get("content-type") in ("text/csv", "application/octet-stream")
    return content if as_it_is else await request.json()


def _tickets(behind: Behind, method: str, path: str, acting: Acting) -> Response:
    """As the real one: another company's ticket, or another guest's, is not there."""
    if acting.company_id != "agencia" or (not acting.is_team and acting.person_id not in ("gina", "ana")):
        if path in ("/tickets", "/tickets/search"):
            return JSONResponse({"items": [], "next": None})
        return JSONResponse({"count": 0, "shown": "0"}) if path == "/tickets/count" else not_found()
    shown = behind.ticket if acting.is_team else _as_guests_see(behind.ticket)
    if path == "/tickets" and method == "GET":
        row = {key: value for key, value in shown.items() if key != "timeline"}
        items = [row | {"tasks": {"open": 1, "total": 1}}] if behind.listed else []
        return JSONResponse({"items": items, "next": 7 if items else None, "counted": COUNTED})
    if method == "GET" and path in ("/held", "/people", "/company", "/recent-tickets"):
        return JSONResponse({"items": [], **(behind.company if path == "/company" else {})})
    if path in ("/tickets/search", "/tickets/count", "/tickets/places", "/tickets/rows", "/home") or path.startswith(
        "/views"
    ):
        return _found(behind, path, acting, method)
    if path in ("/tickets/7/history", *_BULK_EDITS):
        return _history_or_job(shown, path, acting)
    if path.startswith(_DIRECTORY):
        return _directory(behind, method, path)
    if not path.startswith("/tickets/7") and path != "/tickets":
        return not_found()
    if (said := _said(behind, method, path)) is not None:
        return JSONResponse(said)
    status = 202 if path.endswith("/tasks") else 201 if path == "/tickets" else 200
    return JSONResponse(shown, status, headers={"ETag": f'"{shown["version"]}"'})


def _directory(behind: Behind, method: str, path: str) -> Response:
    """The requester's profile, changed only on the version that was seen where one is named; all else is version 3."""
    if path != "/people/gina":
        return JSONResponse({"version": 3}, headers={"ETag": '"3"'})
    asked, now = behind.asked[-1], behind.person["version"]
    if method == "PATCH":
        if asked.headers.get("if-match", str(now)).strip('"') != str(now):
            stale = {"type": "urn:balcao:problem:stale", "title": "Stale", "current_version": now}
            return JSONResponse(stale, 409, media_type="application/problem+json")
        behind.person |= {**asked.body, "version": now + 1}
    return JSONResponse(behind.person, headers={"ETag": f'"{behind.person["version"]}"'})


def _said(behind: Behind, method: str, path: str) -> dict[str, Any] | None:
    """What is answered about words that are not sent yet."""
    if path.endswith("/comments/preview"):
        return _preview(behind)
    if path.endswith("/unsent"):
        return _unsent(behind, method)
    return behind.ticket | {"unsent": []} if path.endswith("/undo") else None


def _unsent(behind: Behind, method: str) -> dict[str, Any]:
    """Nobody has begun to write; what is kept gets its first revision."""
    if method == "PUT":
        return {**behind.last().body, "id": "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2d", "revision": 1}
    return {"items": [], "revision": 0, "recipients": [behind.ticket["requester"], *behind.ticket["watchers"]]}


def _preview(behind: Behind) -> dict[str, Any]:
    """What a visible comment would say; of a note there is nothing to show."""
    body = behind.last().body
    to = [behind.ticket["requester"], *behind.ticket["watchers"]] if body["visible"] else []
    fact = {"text": body.get("text") or body.get("html"), "recipients": to} if body["visible"] else None
    return {"fact": fact, "recipients": to, "warnings": [], "undo_seconds": 15 if to else 0}


def _found(behind: Behind, path: str, acting: Acting, method: str) -> Response:
    """What lists beside the list itself answer."""
    if path == "/tickets/search":
        shown = behind.ticket if acting.is_team else _as_guests_see(behind.ticket)
        row = {key: value for key, value in shown.items() if key != "timeline"}
        hit = {"found_in": "title", "snippet": [{"text": "Cartaz", "hit": True}]}
        return JSONResponse({"items": [row | hit], "next": "1.7"})
    if path == "/tickets/rows":
        row = {key: value for key, value in behind.ticket.items() if key != "timeline"}
        row |= {"tasks": {"open": 1, "total": 1}, "left": behind.left}
        return JSONResponse({"items": [row]}) if acting.is_team else not_found()
    if path.startswith("/views") and method != "DELETE":
        if path not in ("/views", "/views/v1"):
            return not_found()
        items = {"items": [VIEW]} if path == "/views" and method == "GET" else VIEW
        return JSONResponse(items, 201 if method == "POST" else 200, headers={"ETag": '"2"'})
    if path in ("/tickets/count", "/home"):
        return JSONResponse(HOME if path == "/home" else COUNTED)
    if path == "/tickets/places":
        return JSONResponse(
            {"places": {"mine": {"count": 600, "shown": "500+"}, "overdue": {"count": 2, "shown": "2"}}}
        )
    return Response(status_code=204) if method == "DELETE" else JSONResponse({"count": 3}, headers={"ETag": '"2"'})


def _history_or_job(shown: dict[str, Any], path: str, acting: Acting) -> Response:
    if path.startswith("/bulk-edits"):
        return JSONResponse({"id": "job-1", "state": "running"}, 202) if acting.is_team else not_found()
    entries = [{**one, "sentence": f"Frase {one['n']}"} for one in shown["timeline"]]
    return JSONResponse({"items": entries, "next": None, "undone": {}})


def _workflow(behind: Behind, method: str, path: str, acting: Acting) -> Response:
    if path.startswith("/hooks/trackers/"):
        return JSONResponse({"delivery_id": "d1", "new": True}, 202) if not acting.company_id else not_found()
    if path.startswith("/tracker"):
        return JSONResponse({"id": "t1"}, 204 if method == "DELETE" else 200, headers={"ETag": '"2"'})
    if acting.company_id != "agencia" or not acting.is_team:
        return not_found()
    if path == "/task-types":
        return JSONResponse(
            {"items": [{"id": "type", "name": "Produção", "default": True, "archived": False, "phases": PHASES}]}
        )
    if path == "/tasks" and method == "GET":
        return JSONResponse({"items": [behind.task] if behind.listed else [], "next": None})
    if path == "/tags":
        return JSONResponse({"items": [TAG]})
    if path.startswith("/boards/type"):

        def column(phase: dict[str, Any]) -> dict[str, Any]:
            found = [behind.task] if behind.task["phase"]["id"] == phase["id"] else []
            return {"phase": phase, "count": len(found), "more": False, "items": found, "next": None}

        columns = [column(one) for one in PHASES]
        return JSONResponse({"type_id": "type", "name": "Produção", "columns": columns})
    if not path.startswith("/tasks/3") and path != "/tasks":
        return not_found()
    return JSONResponse(behind.task, headers={"ETag": '"4"'})


def _notifier(behind: Behind, method: str, path: str, acting: Acting) -> Response:
    if path == "/deliveries":
        mail = {"id": "d1", "kind": "reply", "channel": "mail", "recipient": REQUESTER, "state": "sent"}
        return JSONResponse({"items": [mail | {"at": "2026-11-20T14:05:00.000Z", "sent_at": None, "reason": None}]})
    if path == "/preview":
        words = f"{behind.last().body['fact']['text']}\n\nAgência Farol"
        mail = {"recipient": REQUESTER, "subject": "Re: Cartaz A3 [#7]", "text": words, "html": "", "raw": ""}
        return JSONResponse({"mails": [mail], "unreachable": []})
    if path == "/notices/unread":
        return JSONResponse({"unread": 1})
    if path == "/notices/read":
        return JSONResponse({"read": 1})
    if path.startswith("/preferences"):
        return JSONResponse({"kinds": [], "digest": None, "version": 3}, headers={"etag": '"3"'})
    notice = {"id": "n1", "kind": "requester_replied", "title": "Gina respondeu: Cartaz A3", "ticket_number": 7}
    return JSONResponse(
        {"items": [notice | {"at": "2026-11-20T14:05:00Z", "read_at": None}], "unread": 1, "next": None}
    )


def _intake(behind: Behind, method: str, path: str, acting: Acting) -> Response:
    if path == "/messages" and method == "POST":
        return JSONResponse({"message_id": "m9"}, 202)
    if (found := _held_mail(behind, path)) is not None:
        return found
    content = FILES.get(path.removeprefix("/files/"))
    return Response(content, media_type="application/octet-stream") if content else not_found()


def _held_mail(behind: Behind, path: str) -> Response | None:
    """What intake says of mails that wait: the list, how many, each by itself, as it came, its files."""
    if path == "/messages":
        return JSONResponse({"items": behind.mails, "next": "2026-03-02T09:00:00Z" if behind.mails else None})
    if path == "/held":
        return JSONResponse({"count": len(behind.mails)})
    for one in behind.mails:
        whole = f"/messages/{one['id']}"
        file = {"file_id": f"mail:{one['id']}/2", "name": "arte.pdf", "media_type": "application/pdf", "size": 4}
        said = {whole: one, f"{whole}/body": {"text": "Preciso de um banner."}, f"{whole}/files": {"items": [file]}}
        if path in said:
            return JSONResponse(said[path])
        if path == f"{whole}/raw":
            return Response(b"Subject: oi\r\n\r\n", media_type="message/rfc822")
        if path.startswith(whole):
            return Response(status_code=204)
    return None


def not_found() -> Response:
    """As every service says it."""
    problem = {"type": "urn:balcao:problem:unknown-ticket", "title": "Not found", "status": 404, "detail": "no ticket"}
    return JSONResponse(problem, 404, media_type="application/problem+json")


def _as_guests_see(ticket: dict[str, Any]) -> dict[str, Any]:
    """On purpose too much: everything but private entries, so that the gateway's own list is what holds the rest."""
    return ticket | {"timeline": [one for one in ticket["timeline"] if one["public"]]}


def a_ticket(**values: Any) -> dict[str, Any]:
    """A ticket with words of all three kinds."""
    return {
        "id": "ticket-7",
        "number": 7,
        "version": 12,
        "title": "Cartaz A3 da <feira>",
        "status": "open",
        "progress": "in_progress",
        "stage": "production",
        "stage_assignees": {"production": ANALYST},
        "priority": 75,
        "kind": "fix",
        "channel": "mail",
        "requester": REQUESTER,
        "analyst": ANALYST,
        "assignee": ANALYST,
        "watchers": [{"name": "Lia", "address": "lia@cliente.test"}],
        "requested": "Bom dia!\nFalta a sangria. <b>Urgente</b>\n\nEm 18/11, Ana escreveu:",
        "requested_quote_at": 42,
        "requested_files": [HTML_FILE, SVG_FILE],
        "action_plan": PLAN,
        "promised_for": "2026-11-23T15:00:00Z",
        "opened_at": "2026-11-18T12:12:00Z",
        "updated_at": "2026-11-20T14:05:00Z",
        "highlight": "reply",
        "wait": None,
        "resolution": None,
        "tasks": [
            {
                "id": "task-3",
                "number": 3,
                "version": 4,
                "title": "Arte do cartaz",
                "phase": "Produzindo",
                "phase_kind": "doing",
                "state": "open",
                "executor": {"person_id": "paulo", "name": "Paulo Reis"},
                "ticket_ids": ["ticket-7"],
                "due": None,
            }
        ],
        "timeline": [
            entry(1, "ticket.opened.v1", True, REQUESTER, "2026-11-18T12:12:00Z", channel="mail", excerpt="Bom dia!"),
            entry(
                2,
                "ticket.noted.v1",
                False,
                ANALYST,
                "2026-11-19T10:00:00Z",
                author=ANALYST,
                text=NOTE,
                files=[NOTE_FILE],
            ),
            entry(
                3,
                "ticket.stage_entered.v1",
                False,
                ANALYST,
                "2026-11-19T11:00:00Z",
                stage="production",
                before="planning",
                reason="team",
            ),
            entry(
                4,
                "ticket.replied.v1",
                True,
                ANALYST,
                "2026-11-20T14:05:00Z",
                author=ANALYST,
                text="Já está em produção.",
                recipients=[REQUESTER],
            ),
        ],
    } | values


def entry(n: int, type_: str, public: bool, actor: dict[str, Any], at: str, **data: Any) -> dict[str, Any]:
    """One entry of a timeline."""
    return {"n": n, "type": type_, "public": public, "at": at, "actor": actor, "data": data}


def a_task(**values: Any) -> dict[str, Any]:
    """A task as `workflow` shows it."""
    return {
        "id": "task-3",
        "number": 3,
        "title": "Arte do cartaz",
        "type_id": "type",
        "phase": PHASES[1],
        "state": "open",
        "executor": {"person_id": "paulo", "name": "Paulo Reis", "address": "paulo@agencia.test"},
        "due": None,
        "tags": [],
        "tickets_total": 1,
        "outside": [],
        "project": None,
        "project_id": None,
        "checklist": [{"id": ITEM, "text": "Sangria de 3 mm", "done_by": None, "done_at": None}],
        "checklist_done": 0,
        "checklist_of": 1,
        "estimate_minutes": None,
        "spent": [],
        "spent_minutes": 0,
        "comments": 0,
        "waits_for": 0,
        "blocked": False,
        "blocked_by": [],
        "blocks": [],
        "recurrence_id": None,
        "files": [],
        "description_html": "",
        "delivered": None,
        "tickets": [{"id": "ticket-7", "number": 7, "title": "Cartaz A3 da <feira>", "cancelled_at": None}],
        "ticket_cancelled": False,
        "created_at": "2026-11-19T11:00:00Z",
        "updated_at": "2026-11-19T11:00:00Z",
        "closed_at": None,
        "version": 4,
        "description": PLAN,
        "handover": "",
        "cancel_reason": "",
        "timeline": [],
    } | values
