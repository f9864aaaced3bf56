"""A preview is the very bytes that go out, for each kind of mail, with the company's colour, logo and signature."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.domain.table import TABLE
from balcao.notifier.letters.look import logo_content_id
from balcao.shared.events import AnyEnvelope, CompanyLogo
from balcao.shared.files import Files
from balcao.shared.mongo import Mongo
from balcao.shared.tokens import Acting
from tests.integration.notifier.running import ANA, Notifier, World, eventually
from tests.support.images import png
from tests.support.told_facts import COMPANY, configured, replied
from tests.support.told_kinds import KINDS, telling

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = ANA.model_copy(update={"roles": ("admin", "agent")})
OUTSIDER = Acting(company_id="another", person_id="ana", name="Ana", address="ana@other.example", roles=("admin",))
BY_MAIL = [
    kind
    for kind in KINDS
    if any(rule.kind is kind and Channel.MAIL in rule.by for rules in TABLE.values() for rule in rules)
]
"""Kinds that are mailed to whoever chose nothing else."""


@pytest_asyncio.fixture
async def notifier(outside: World) -> AsyncIterator[Notifier]:
    """One replica that sends each mail at once and however many there are, and has a public address."""
    async with outside.notifier(
        public_url="https://mesa.aurora.example", gather_s=0, loop_mails=1000, mails_per_recipient=1000
    ) as running:
        yield running


@pytest_asyncio.fixture
async def adorned(notifier: Notifier, outside: World) -> CompanyLogo:
    """The company has a colour, a logo, and a key that signs its mail."""
    files = Mongo(outside.settings.mongo_url, outside.settings.database_prefix + "files")
    content = png(300, 60)
    logo = CompanyLogo(
        file_id=await Files(files).put(content), media_type="image/png", size=len(content), width=300, height=60
    )
    files.close()
    company = COMPANY.model_copy(update={"colour": "#b8860b", "logo": logo, "version": 2})
    await outside.say(configured(company))

    async def is_known() -> bool:
        shown = (await notifier.post("/preview", preview_of(telling(Kind.REPLY).event))).json()
        return "mails" in shown and "#b8860b" in shown["mails"][0]["html"]

    await eventually(is_known, 30)
    key = {"domain": "aurora.example", "selector": "balcao1"}
    assert (await notifier.post("/mail-identity/keys", key, ADMIN)).status_code == 201
    used = await notifier.post("/mail-identity/keys/aurora.example/balcao1/use", {}, ADMIN)
    assert used.status_code == 200, used.text
    return logo


def preview_of(event: AnyEnvelope, **values: Any) -> dict[str, Any]:
    """What asks for a preview of this event."""
    return {
        "fact": event.data.model_dump(mode="json"),
        "type": event.type,
        "event_id": event.id,
        "time": event.time.isoformat(),
        "actor": event.actor.model_dump() if event.actor else None,
        **values,
    }


async def test_each_kind_of_mail_is_previewed_byte_for_byte(
    notifier: Notifier, outside: World, adorned: CompanyLogo
) -> None:
    """W7: each is told on the bus afterwards, and what the relay gets is compared."""
    previewed: dict[tuple[str, str], str] = {}
    told: dict[str, AnyEnvelope] = {}
    for kind in BY_MAIL:
        event = telling(kind).event.model_copy(update={"id": f"event-of-{kind}"})
        answer = await notifier.post("/preview", preview_of(event, kind=kind))
        assert answer.status_code == 200, (kind, answer.text)
        mails = answer.json()["mails"]
        assert mails, kind
        previewed |= {(kind, one["recipient"]["address"]): one["raw"] for one in mails}
        told[kind] = event
    assert outside.sink.received == []

    wanted = set(previewed.values())
    await outside.say(*told.values())
    await eventually(lambda: wanted <= {one.content.decode("ascii") for one in outside.sink.taken}, 60)
    cid = f"cid:{logo_content_id(adorned)}"
    assert all(raw.startswith("DKIM-Signature:") for raw in wanted)
    assert all(cid in raw.replace("=\r\n", "").replace("=3D", "=") for raw in wanted)


async def test_who_it_does_is_not_told_and_whose_answer_it_is_can_be_said(notifier: Notifier, outside: World) -> None:
    """W7: a colleague looks at the answer of another one."""
    event = telling(Kind.TICKET_OPENED).event
    mine = await notifier.post("/preview", preview_of(event, actor=ANA.party().model_dump()))
    assert [one["recipient"]["name"] for one in mine.json()["mails"]] == ["Zoë Guimarães"]
    theirs = await notifier.post("/preview", preview_of(event))
    assert [one["recipient"]["name"] for one in theirs.json()["mails"]] == ["Zoë Guimarães", "Ana Souza"]


async def test_an_answers_preview_shows_the_answer_alone(notifier: Notifier) -> None:
    """What the analyst may be told of it is no part of what goes out."""
    body = {"fact": replied().model_dump(mode="json")}
    shown = (await notifier.post("/preview", body)).json()
    assert {one["recipient"]["name"] for one in shown["mails"]} == {"Zoë Guimarães", "Ivo Prado"}


@pytest.mark.parametrize(
    "body",
    [
        {"fact": {}, "type": "ticket.noted.v1"},
        {"fact": {}, "type": "nothing.v1"},
        {"fact": {"text": "x"}},
        {"fact": {}, "type": "ticket.opened.v1"},
        {"fact": {}, "kind": "nothing"},
    ],
    ids=["private", "unknown", "incomplete", "empty", "no kind"],
)
async def test_what_nobody_would_be_told_has_no_preview(notifier: Notifier, body: dict[str, Any]) -> None:
    """W7: a private note has none either."""
    answer = await notifier.post("/preview", body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_another_companys_team_gets_no_preview_under_this_companys_name(notifier: Notifier) -> None:
    assert (await notifier.post("/preview", preview_of(telling(Kind.REPLY).event), OUTSIDER)).status_code == 503
