"""What browsers keep: named by its content, put together in order, and a clear word where npm's pieces are missing."""

import gzip
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from balcao.portal_api import assets as assets_module
from balcao.portal_api.assets import Assets, NotInstalled, routes
from balcao.shared.errors import NotFound


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


def content(assets: Assets, name: str) -> bytes:
    return assets.get(assets.url(name).removeprefix("/static/")).content


@pytest.mark.parametrize("name", ["desk.css", "desk.js", "portal.css", "portal.js", "htmx.js", "icons.svg"])
def test_a_file_is_named_by_its_content(assets: Assets, name: str) -> None:
    """So that it may be kept for a year: another content has another address."""
    found = content(assets, name)
    stem, suffix = name.split(".")
    assert assets.url(name) == f"/static/{stem}.{hashlib.sha256(found).hexdigest()[:12]}.{suffix}"


@pytest.mark.parametrize("side", ["desk", "portal"])
def test_a_side_has_what_is_common_and_its_own_in_the_order_of_the_names(assets: Assets, side: str) -> None:
    """A rule of its own may come before or after a common one, as its number says."""
    folder = Path(assets_module.__file__).with_name("static")
    files = [*(folder / "common").glob("*.css"), *(folder / side).glob("*.css")]
    style = content(assets, f"{side}.css").decode()
    begins = [style.index(path.read_text().splitlines()[0]) for path in sorted(files, key=lambda path: path.name)]
    assert begins == sorted(begins)
    assert len(begins) > 5


def test_the_other_side_s_style_and_scripts_are_not_sent(assets: Assets) -> None:
    folder = Path(assets_module.__file__).with_name("static")
    own = next(iter(sorted((folder / "desk").glob("*.js")))).read_text()
    assert own.encode() in content(assets, "desk.js")
    assert own.encode() not in content(assets, "portal.js")


def test_a_style_names_other_files_by_their_content_too(assets: Assets) -> None:
    """The font of the address in the style is there."""
    named = re.findall(r'url\("([^"]+\.woff2)"\)', content(assets, "desk.css").decode())
    assert named == [assets.url("inter.woff2").removeprefix("/static/")]
    assert assets.get(named[0]).media_type == "font/woff2"


def test_a_name_that_is_not_there_is_not_found(assets: Assets) -> None:
    with pytest.raises(NotFound):
        assets.get("desk.000000000000.css")


@pytest.mark.asyncio
async def test_it_is_sent_compressed_to_those_who_can_read_that_and_may_be_kept_for_a_year(assets: Assets) -> None:
    app = FastAPI()
    app.include_router(routes(assets))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        plain = await client.get(assets.url("desk.css"), headers={"accept-encoding": "identity"})
        packed = await client.get(assets.url("desk.css"), headers={"accept-encoding": "gzip"})
    assert plain.content == packed.content == content(assets, "desk.css")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 9, mtime=0))
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_npm_brings_is_named_when_it_is_missing(tmp_path: Path) -> None:
    (tmp_path / "htmx.js").write_text("")
    with pytest.raises(NotInstalled, match=r"trix\.js.*are not installed: run `make setup`"):
        Assets(tmp_path)


def test_the_gateway_says_so_and_ends_without_a_trace_of_its_insides(tmp_path: Path) -> None:
    """Exit code 2, as for a wrong setting, and one line."""
    script = (
        "import sys, pathlib; from balcao.portal_api import assets, __main__ as it\n"
        f"assets.Assets.__init__.__defaults__ = (pathlib.Path({str(tmp_path)!r}),)\n"
        "sys.exit(it.main([]))"
    )
    env = {f"BALCAO_{name}_URL": "http://127.0.0.1:1" for name in ("TICKETS", "WORKFLOW", "NOTIFIER", "INTAKE")}
    env |= {"BALCAO_MONGO_URL": "mongodb://127.0.0.1:1", "BALCAO_AMQP_URL": "amqp://127.0.0.1:1"}
    env |= {"BALCAO_SERVICE_SECRET": "x" * 40, "BALCAO_HTTP_PORT": "1"}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "are not installed: run `make setup`" in ended.stderr
    assert ended.stderr.count("\n") == 1
