"""How the gateway says that something went wrong: problem+json to programs, a page to people."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from balcao.portal_api.clients import UpstreamRefused
from balcao.shared.errors import Condition, NotFound, TooMany
from balcao.shared.http import problem, status_of

Renderer = Callable[[Request, Condition, int], Awaitable[Response]]


def install(app: FastAPI, render_page: Renderer) -> None:
    """Answer conditions with `render_page` below the pages' addresses and with problem+json below /api."""

    async def on_condition(request: Request, error: Exception) -> Response:
        assert isinstance(error, Condition)
        status = status_for(error)
        if wants_page(request):
            response = await render_page(request, error, status)
        else:
            response = as_problem(error, status)
        if isinstance(error, TooMany) and "retry_after" in error.details:
            response.headers["retry-after"] = str(error.details["retry_after"])
        if status == 401:
            response.headers.setdefault("www-authenticate", "Bearer")
        return response

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return await on_condition(request, NotFound("no such page or resource"))
        answer = problem(error.status_code, f"http-{error.status_code}", str(error.detail), str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    app.add_exception_handler(Condition, on_condition)
    app.add_exception_handler(HTTPException, on_http_error)


def status_for(error: Condition) -> int:
    """The HTTP status of a condition; a service's refusal keeps the one it came with."""
    return error.status if isinstance(error, UpstreamRefused) else status_of(error)


def as_problem(error: Condition, status: int) -> JSONResponse:
    """The condition as problem+json; a service's refusal in its own words."""
    if isinstance(error, UpstreamRefused):
        return JSONResponse(error.problem, status_code=status, media_type="application/problem+json")
    return problem(status, error.code, error.title, error.message, error.details)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks for one of our pages."""
    path = request.url.path
    return not path.startswith(("/api/", "/hooks/", "/health", "/metrics", "/static/", "/openapi.json"))
