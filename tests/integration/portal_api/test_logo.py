"""The company's logo at the door: looked at, kept, and handed out to its own people only."""

from typing import Any

import pytest

from balcao.shared.events import CompanyConfigured, CompanyLogo
from tests.integration.portal_api.running import AGENCY, ANA, EVA, GINA, Gateway, Somebody, eventually
from tests.integration.portal_api.test_directory import made_admin
from tests.support.images import png

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/company/logo"


async def put(who: Somebody, content: bytes, **headers: str) -> Any:
    """An upload of a logo."""
    return await who.http.put(PATH, content=content, headers={"content-type": "text/html", **headers})


async def learned(gateway: Gateway, logo: CompanyLogo | None, version: int) -> None:
    """The gateway hears what `tickets` says of the company."""
    company = AGENCY.model_copy(update={"logo": logo, "version": version})
    await gateway.hears(CompanyConfigured(company=company))

    async def is_known() -> bool:
        found = await gateway.service.mongo.db["companies"].find_one({"_id": "agencia"})
        return found is not None and found["version"] == version

    await eventually(is_known)


async def test_an_administrators_logo_is_kept_and_the_company_told_what_it_is_by_its_bytes(gateway: Gateway) -> None:
    admin = await made_admin(gateway)
    answer = await put(admin, png(40, 20), **{"if-match": '"7"', "idempotency-key": "logo-1"})
    assert answer.status_code == 200, answer.text
    asked = gateway.behind.last()
    assert (asked.service, asked.method, asked.path) == ("tickets", "PATCH", "/company")
    assert (asked.headers["if-match"], asked.headers["idempotency-key"]) == ('"7"', "logo-1")
    logo = CompanyLogo.model_validate(asked.body["logo"])
    assert (logo.media_type, logo.size, logo.width, logo.height) == ("image/png", len(png(40, 20)), 40, 20)

    await learned(gateway, logo, 2)
    guest = await gateway.program(GINA)

    async def is_shown() -> bool:  # it remembers companies for some seconds
        return (await guest.get(PATH)).status_code == 200

    await eventually(is_shown)
    shown = await guest.get(PATH)
    assert (shown.content, shown.headers["content-type"]) == (png(40, 20), "image/png")
    assert shown.headers["x-content-type-options"] == "nosniff"
    again = await guest.get(PATH, headers={"if-none-match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await (await gateway.program(EVA, "outra")).get(PATH)).status_code == 404


async def test_without_a_logo_there_is_nothing_to_show_and_dropping_it_asks_for_none(gateway: Gateway) -> None:
    admin = await made_admin(gateway)
    assert (await admin.http.delete(PATH)).status_code == 200
    assert gateway.behind.last().body == {"logo": None}
    await learned(gateway, None, 3)

    async def is_gone() -> bool:
        return (await admin.get(PATH)).status_code == 404

    await eventually(is_gone)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "file-empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-an-image"),
        (b"<script>alert(1)</script>", "not-an-image"),
        (png(30, 20) + b"\x00" * 102_400, "file-too-large"),
        (png(4001, 1), "logo-too-big"),
    ],
)
async def test_what_no_letter_can_carry_is_refused_with_the_reason(
    gateway: Gateway, content: bytes, problem: str
) -> None:
    answer = await put(await made_admin(gateway), content)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == f"urn:balcao:problem:{problem}"
    assert gateway.behind.of("/company") == []


async def test_only_administrators_set_it(gateway: Gateway) -> None:
    for who, status in ((ANA, 403), (GINA, 404)):
        somebody = await gateway.program(who)
        assert (await put(somebody, png(4, 4))).status_code == status
        assert (await somebody.http.delete(PATH)).status_code == status
    assert (await put(gateway.stranger(), png(4, 4))).status_code == 401
    assert (await gateway.stranger().get(PATH)).status_code == 401
    assert gateway.behind.of("/company") == []
