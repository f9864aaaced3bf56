"""The services behind the door, over HTTP: one kept-open client each, a short-lived token that says who is acting."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
import orjson
import structlog
from opentelemetry.trace import SpanKind

from balcao.shared import telemetry
from balcao.shared.errors import Condition, Unavailable
from balcao.shared.tokens import Acting, sign_acting

_log = structlog.get_logger()
# Below uvicorn's five seconds: a connection is given up by us, never found closed by the other side halfway.
_KEEP_OPEN_S = 4.0
_UPLOAD_WITHIN_S = 300.0


class UpstreamRefused(Condition):
    """A service refused a request; its own words and status are passed on."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or "refused"))
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str:
        """The condition the service named."""
        return str(self.problem.get("type", "")).rpartition(":")[2] or "refused"


@dataclass(frozen=True)
class Answer:
    """What a service answered to a request that it accepted."""

    status: int
    content: bytes
    etag: str | None
    media_type: str

    def json(self) -> dict[str, Any]:
        """The answer as an object."""
        return cast("dict[str, Any]", orjson.loads(self.content))


class Upstream:
    """One service."""

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        *,
        timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self._secret = secret
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=_KEEP_OPEN_S)
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(timeout_s, connect=min(2.0, timeout_s)),
            # Retried is only what never reached the service: refused connections.
            transport=transport or httpx.AsyncHTTPTransport(retries=1, limits=limits),
            trust_env=False,
        )

    async def get(self, path: str, acting: Acting, **params: Any) -> Answer:
        """Read. Parameters that are none are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return await self._send("GET", path, acting, params=given)

    async def stream(self, path: str, acting: Acting, **params: Any) -> AsyncIterator[bytes]:
        """Read something long piece by piece. A refusal is raised before the first piece; an answer that breaks off
        breaks off for the reader too."""
        given = {name: value for name, value in params.items() if value is not None}
        request = self._client.build_request("GET", path, params=given, headers=self._signed(acting))
        try:
            response = await self._client.send(request, stream=True)
            if not response.is_success:
                await response.aread()
        except httpx.HTTPError as error:
            raise self._away(error) from error
        if not response.is_success:
            raise self._refusal(response)
        return _pieces(response)

    async def post(
        self,
        path: str,
        acting: Acting,
        body: Mapping[str, Any],
        *,
        if_match: str | None = None,
        once: str | None = None,
    ) -> Answer:
        """Change. `if_match` is the version it was decided on; `once` names the request, so that a repeat is known."""
        return await self._change("POST", path, acting, body, if_match, once)

    async def upload(
        self,
        path: str,
        acting: Acting,
        content: bytes,
        media_type: str,
        *,
        once: str | None = None,
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> Answer:
        """Hand a file over and wait for what becomes of it, for minutes if need be."""
        given = {name: value for name, value in params.items() if value is not None}
        headers = {**(headers or {}), "content-type": media_type, **({"idempotency-key": once} if once else {})}
        return await self._send(
            "POST", path, acting, content=content, params=given, headers=headers, timeout=_UPLOAD_WITHIN_S
        )

    async def put(
        self,
        path: str,
        acting: Acting,
        body: Mapping[str, Any],
        *,
        if_match: str | None = None,
        once: str | None = None,
    ) -> Answer:
        """Set something to what is given; otherwise as `post`."""
        return await self._change("PUT", path, acting, body, if_match, once)

    async def patch(
        self,
        path: str,
        acting: Acting,
        body: Mapping[str, Any],
        *,
        if_match: str | None = None,
        once: str | None = None,
    ) -> Answer:
        """Change what is given of something; otherwise as `post`."""
        return await self._change("PATCH", path, acting, body, if_match, once)

    async def delete(
        self, path: str, acting: Acting, *, if_match: str | None = None, once: str | None = None, **params: Any
    ) -> Answer:
        """Take something away, if it is of the version given. Parameters that are none are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        headers = {"if-match": if_match} if if_match else {}
        if once:
            headers["idempotency-key"] = once
        return await self._send("DELETE", path, acting, params=given, headers=headers)

    async def _change(
        self, method: str, path: str, acting: Acting, body: Mapping[str, Any], if_match: str | None, once: str | None
    ) -> Answer:
        headers = {"content-type": "application/json"}
        if if_match:
            headers["if-match"] = if_match
        if once:
            headers["idempotency-key"] = once
        return await self._send(method, path, acting, content=orjson.dumps(body), headers=headers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send(self, method: str, path: str, acting: Acting, **rest: Any) -> Answer:
        given = rest.pop("headers", {})
        with telemetry.span(f"{method} {self.name}", SpanKind.CLIENT):
            try:
                response = await self._client.request(method, path, headers=given | self._signed(acting), **rest)
            except httpx.HTTPError as error:
                raise self._away(error) from error
        if response.is_success:
            media_type = response.headers.get("content-type", "application/json")
            return Answer(response.status_code, response.content, response.headers.get("etag"), media_type)
        raise self._refusal(response)

    def _signed(self, acting: Acting) -> dict[str, str]:
        headers = {"authorization": f"Bearer {sign_acting(acting, self._secret, self.name)}"}
        trace = telemetry.traceparent()
        return headers | ({"traceparent": trace} if trace else {})

    def _away(self, error: httpx.HTTPError) -> Unavailable:
        _log.warning("upstream.away", upstream=self.name, reason=type(error).__name__)
        return Unavailable(f"{self.name} does not answer; try again in a moment", part=self.name)

    def _refusal(self, response: httpx.Response) -> Condition:
        if response.status_code == 401 or response.status_code >= 500:
            # It is our token that was refused, or their trouble: nothing the person at the door did wrong.
            _log.error("upstream.failed", upstream=self.name, status=response.status_code)
            return Unavailable(f"{self.name} cannot do this now; try again in a moment", part=self.name)
        try:
            problem = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            problem = None
        if not isinstance(problem, dict):
            problem = {"type": "urn:balcao:problem:refused", "title": "Refused", "detail": response.reason_phrase}
        return UpstreamRefused(response.status_code, {**problem, "status": response.status_code})


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in response.aiter_bytes():
            yield piece
    finally:
        await response.aclose()


@dataclass(frozen=True)
class Upstreams:
    """All services behind the door."""

    tickets: Upstream
    workflow: Upstream
    notifier: Upstream
    intake: Upstream

    async def aclose(self) -> None:
        """Close all connections."""
        for one in (self.tickets, self.workflow, self.notifier, self.intake):
            await one.aclose()
