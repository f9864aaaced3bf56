"""What all our HTTP servers do alike: problem+json errors (RFC 9457), health, metrics, traces, size limit, caller."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from balcao.shared import telemetry
from balcao.shared.errors import (
    Condition,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    Stale,
    TooMany,
    Unavailable,
)
from balcao.shared.tokens import Acting, read_acting

MOST_BODY_BYTES = 1024 * 1024
_STATUS: tuple[tuple[type[Condition], int], ...] = (
    (NotFound, 404),
    (Stale, 409),
    (Refused, 409),
    (Invalid, 422),
    (NotAllowed, 403),
    (NotSignedIn, 401),
    (TooMany, 429),
    (Unavailable, 503),
)

_ONE_SPAN_IS_OURS: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI would make four spans of its own for each request, and a second server's among them."""

_log = structlog.get_logger()


def create_app(
    title: str, *, ready: Callable[[], Awaitable[dict[str, str]]], most_body_bytes: int = MOST_BODY_BYTES
) -> FastAPI:
    """A FastAPI application with everything in this module switched on.

    `ready` tells what is still missing (part → reason); nothing missing means ready.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url="/openapi.json", telemetry=_ONE_SPAN_IS_OURS)
    app.add_exception_handler(Condition, _on_condition)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(PyMongoError, _on_database_away)
    app.add_middleware(_Edge, most_body_bytes=most_body_bytes)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> PlainTextResponse:
        """The process runs."""
        return PlainTextResponse("live\n")

    @app.get("/health/ready", include_in_schema=False)
    async def is_ready() -> Response:
        """200 when every part this process needs is there, else 503 and what is missing."""
        missing = await ready()
        return JSONResponse({"missing": missing}, status_code=503 if missing else 200)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def status_of(condition: Condition) -> int:
    """The HTTP status of a named condition."""
    return next((status for kind, status in _STATUS if isinstance(condition, kind)), 400)


def problem(status: int, code: str, title: str, detail: str, details: dict[str, Any] | None = None) -> JSONResponse:
    """An RFC 9457 problem. `type` is a stable name to rely on; `details` never replaces the standard members."""
    content = {
        **jsonable_encoder(details or {}),
        "type": f"urn:balcao:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    return JSONResponse(content, status_code=status, media_type="application/problem+json")


def caller(audience: str) -> Callable[[Request], Awaitable[Acting]]:
    """A dependency that yields who is acting, from the service token in the Authorization header."""

    async def acting(request: Request) -> Acting:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn("a service token is required")
        return read_acting(token, request.app.state.service_secret, audience)

    return acting


def read_version(if_match: str | None) -> int | None:
    """The version that an If-Match header insists on (`7`, `"7"`, `W/"7"`); none for any. Raises `Invalid`."""
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise Invalid("If-Match must be a version number, as the ETag gives it")
    return int(digits)


async def _on_condition(_: Request, error: Exception) -> Response:
    assert isinstance(error, Condition)
    return problem(status_of(error), error.code, error.title, error.message, error.details)


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        {"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in error.errors()[:20]
    ]
    detail = "; ".join(f"{one['where']}: {one['what']}" for one in problems)
    return problem(422, "invalid", Invalid.title, detail[:2000], {"errors": problems})


async def _on_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, f"http-{error.status_code}", str(error.detail), str(error.detail))


async def _on_database_away(_: Request, error: Exception) -> Response:
    _log.error("http.database_away", reason=str(error)[:200])
    return problem(
        503, "unavailable", Unavailable.title, "the database does not answer; nothing was changed or it will show"
    )


_EVENT_STREAM = b"text/event-stream"


class _TooLarge(Exception):
    pass


class _Edge:
    """Trace, metrics, size limit and the last line against surprises, around every request."""

    def __init__(self, app: ASGIApp, most_body_bytes: int) -> None:
        self._app = app
        self._most = most_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        parent = headers.get(b"traceparent", b"").decode("latin-1") or None
        status, endless = 500, False
        begun = time.perf_counter()

        async def send_noting(message: Message) -> None:
            nonlocal status, endless
            if message["type"] == "http.response.start":
                status = message["status"]
                endless = (b"content-type", _EVENT_STREAM) in message["headers"]
            await send(message)

        with telemetry.span(scope["method"], SpanKind.SERVER, parent) as span:
            try:
                await self._limited(scope, headers, receive, send_noting)
            except Exception as error:
                _log.exception("http.failed", exc_info=error)
                if status == 500:
                    answer = problem(500, "internal", "Something broke", "it was logged; try again")
                    await answer(scope, receive, send_noting)
            # Known by now. By the route and not by the path: there are few of them, and no id or token is in one.
            route = getattr(scope.get("route"), "path", "other")
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.response.status_code", status)
        # How long somebody looked at a page says nothing about us.
        if not endless and not route.startswith(("/health", "/metrics")):
            telemetry.HTTP_SECONDS.labels(route, scope["method"], str(status)).observe(time.perf_counter() - begun)

    async def _limited(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        """Refuse bodies past the limit, whether announced or streamed."""
        too_large = problem(413, "too-large", "Too large", f"a request may have at most {self._most} bytes")
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._most:
            await too_large(scope, receive, send)
            return
        seen, answered = 0, False

        async def receive_counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise _TooLarge
            return message

        async def send_unless_too_large(message: Message) -> None:
            # FastAPI takes our exception for a body that can't be parsed, and would answer 400
            nonlocal answered
            if answered or seen <= self._most:
                answered = True
                await send(message)

        with suppress(_TooLarge):
            await self._app(scope, receive_counting, send_unless_too_large)
        if not answered and seen > self._most:
            await too_large(scope, receive, send)
