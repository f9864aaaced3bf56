"""What every answer of the gateway carries: security headers, and a tighter size limit where no file may come."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from balcao.shared.http import problem

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""For a mail of ours in a frame of a page of ours: mails carry their style in themselves. It runs and fetches nothing;
of our origin it is so that the page can give the frame the height of the mail."""
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For what people upload: even opened on its own it runs nothing."""
_MOST_JSON_BYTES = 1024 * 1024
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def page_policy(nonce: str) -> str:
    """`PAGE_POLICY` that also lets in the style which carries this nonce: the rich editor writes such."""
    return PAGE_POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")


class Edge:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with our headers; refuse large bodies that are no upload."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", PAGE_POLICY)
                # no-store would cost the browser's back cache; static files bring their own.
                headers.setdefault("cache-control", "private, no-cache")
                if self._secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        if _is_too_large(scope):
            answer = problem(413, "too-large", "Too large", f"such a request may have at most {_MOST_JSON_BYTES} bytes")
            await answer(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _is_too_large(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    may_be_large = headers.get(b"content-type", b"").startswith(b"multipart/") or scope["path"] == "/api/v1/files"
    announced = headers.get(b"content-length", b"0")
    return not may_be_large and announced.isdigit() and int(announced) > _MOST_JSON_BYTES
