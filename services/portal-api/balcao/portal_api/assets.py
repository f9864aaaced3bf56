"""Our own style, script and icons: named by the hash of their content, kept by browsers for a year, sent compressed."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from balcao.shared.errors import NotFound

_FOLDER = Path(__file__).with_name("static")
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file, ready to be sent."""

    content: bytes
    compressed: bytes
    media_type: str


class Assets:
    """All static files, read once."""

    def __init__(self) -> None:
        self._by_name: dict[str, Asset] = {}
        self._names: dict[str, str] = {}
        for path in sorted(_FOLDER.iterdir()):
            content = path.read_bytes()
            name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self._by_name[name] = Asset(content, gzip.compress(content, 9, mtime=0), media_type)
            self._names[path.name] = name

    def url(self, name: str) -> str:
        """The address of a file by its plain name. `KeyError` for one that does not exist."""
        return f"/static/{self._names[name]}"

    def get(self, hashed_name: str) -> Asset:
        """The file of that hashed name. Raises `NotFound`."""
        asset = self._by_name.get(hashed_name)
        if asset is None:
            raise NotFound("no such file")
        return asset


def routes(assets: Assets) -> APIRouter:
    """The route that serves them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name}")
    async def static_file(name: str, request: Request) -> Response:
        """A static file; its name changes with its content."""
        asset = assets.get(name)
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(asset.compressed, media_type=asset.media_type, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    return router
