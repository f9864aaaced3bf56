"""What browsers keep: our style, scripts and icons, and what npm brought; named by the hash of their content, kept for
a year, sent compressed. A side's style and its script are one file each, made of small ones by subject."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from balcao.shared.errors import NotFound

_FOLDER = Path(__file__).with_name("static")
_VENDOR = Path(__file__).with_name("vendor")
_FOREVER = "public, max-age=31536000, immutable"
_COMMON, _SIDES = "common", ("desk", "portal")
_NEEDED = ("htmx.js", "trix.js", "trix.css", "inter.woff2", "icons.svg")
_COMPRESSED_ALREADY = (".woff2", ".png", ".jpg")
_NAMED = re.compile(r'url\("([\w.-]+)"\)')

mimetypes.add_type("font/woff2", ".woff2")


class NotInstalled(Exception):
    """What npm brings is not there."""


@dataclass(frozen=True)
class Asset:
    """One file, ready to be sent."""

    content: bytes
    compressed: bytes | None
    media_type: str


class Assets:
    """All static files, read once. Raises `NotInstalled`."""

    def __init__(self, vendor: Path = _VENDOR) -> None:
        missing = [name for name in _NEEDED if not (vendor / name).is_file()]
        if missing:
            raise NotInstalled(f"{', '.join(missing)} are not installed: run `make setup`")
        self._by_name: dict[str, Asset] = {}
        self._names: dict[str, str] = {}
        for path in (*sorted(vendor.iterdir()), *sorted(one for one in _FOLDER.iterdir() if one.is_file())):
            self._add(path.name, path.read_bytes())
        for name, content in _bundles():
            self._add(name, _NAMED.sub(self._by_hash, content).encode())

    def url(self, name: str) -> str:
        """The address of a file by its plain name. `KeyError` for one that does not exist."""
        return f"/static/{self._names[name]}"

    def get(self, hashed_name: str) -> Asset:
        """The file of that hashed name. Raises `NotFound`."""
        asset = self._by_name.get(hashed_name)
        if asset is None:
            raise NotFound("no such file")
        return asset

    def _add(self, name: str, content: bytes) -> None:
        path = Path(name)
        hashed = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
        compressed = None if path.suffix in _COMPRESSED_ALREADY else gzip.compress(content, 9, mtime=0)
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._by_name[hashed] = Asset(content, compressed, media_type)
        self._names[name] = hashed

    def _by_hash(self, named: re.Match[str]) -> str:
        return f'url("{self._names[named[1]]}")'


def _bundles() -> Iterator[tuple[str, str]]:
    """Each side's style and script by name: what both sides share and its own, in the order of the files' names."""
    for side in _SIDES:
        files = [path for folder in (_COMMON, side) for path in (_FOLDER / folder).iterdir()]
        files.sort(key=lambda path: (path.name, path.parent.name))
        style = [path.read_text() for path in files if path.suffix == ".css"]
        # Each script keeps its names to itself.
        script = [f'(() => {{\n"use strict";\n{path.read_text()}}})();\n' for path in files if path.suffix == ".js"]
        yield f"{side}.css", "".join(style)
        yield f"{side}.js", "".join(script)


def routes(assets: Assets) -> APIRouter:
    """The route that serves them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name}")
    async def static_file(name: str, request: Request) -> Response:
        """A static file; its name changes with its content."""
        asset = assets.get(name)
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
        if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(asset.compressed, media_type=asset.media_type, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    return router
