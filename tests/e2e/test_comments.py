"""What the team says on its way out: the preview is the mail, and nothing of it is outside before it goes."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest

from balcao.local.demo import mails
from balcao.local.demo.company import PASSWORD, DemoCompany
from balcao.local.demo.doors import Doors, Json, Session
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Case, Workday

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
NAMED = ("From", "To", "Reply-To", "Subject", "In-Reply-To", "References")


async def test_the_preview_is_the_mail_that_goes_out(doors: Doors, company: DemoCompany) -> None:
    """W7, W11: the same parts with the same bytes, HTML, inline image and attachment included; only Date, Message-ID
    and the boundaries, which follow from the fact that is yet to be said, are its own."""
    day = Workday(doors, company, Story())
    case = await _opened(day, company, f"Prévia ({secrets.token_hex(4)})")
    image = await _upload(case.agent, "logo.png", PNG, "image/png")
    sheet = await _upload(case.agent, "lista.txt", "item;preço\nbanner;10\n".encode(), "text/plain")
    body = {
        "html": f'<p>Olá!</p><p>Veja o <b>logo</b>: <img src="cid:{image["content_id"]}" alt="logo"></p>',
        "visible": True,
        "files": [image["receipt"], sheet["receipt"]],
    }

    shown = await case.agent.post(f"/api/v1/tickets/{case.number}/comments/preview", body)
    await case.agent.command(case.number, "comments", body)
    sent = await day.until_mail(company.client, "the answer", in_text="Veja o logo")

    assert [one["recipient"]["address"] for one in shown["mails"]] == [company.client.address]
    previewed = message_from_string(shown["mails"][0]["raw"], policy=policy.default)
    assert _parts(previewed) == _parts(sent.message)
    assert {name: previewed[name] for name in NAMED} == {name: sent.message[name] for name in NAMED}
    kinds = [part[0] for part in _parts(sent.message)]
    assert kinds == ["text/plain", "text/html", "image/png", "text/plain"]
    assert shown["mails"][0]["html"].count("cid:") == 1
    page = (await case.agent.request("GET", f"/api/v1/tickets/{case.number}")).text
    assert 'src=\\"/api/v1/files/sha256:' in page


async def test_the_preview_of_a_held_answer_is_its_mail_to_the_last_byte(doors: Doors, company: DemoCompany) -> None:
    """W7: Date, Message-ID and boundaries too; what is added on the way is the servers' own."""
    day = Workday(doors, company, Story())
    case = await _opened(day, company, f"Segurada ({secrets.token_hex(4)})")
    admin = await doors.sign_in(company.slug, _admin(company), PASSWORD)
    async with _window(admin, 60):
        held = await case.agent.command(case.number, "comments", {"text": f"Pronto ({case.number}).", "visible": True})
        path = f"/api/v1/tickets/{case.number}/outgoing/{held['accepted']['reply_id']}"
        response = await case.agent.request("GET", f"{path}/preview")
        assert response.status_code == 200, response.text
        (shown,) = response.json()["mails"]
        await case.agent.post(f"{path}/send-now", {})
    sent = await day.until_mail(company.client, "the answer", in_text=f"Pronto ({case.number}).")
    previewed = message_from_string(shown["raw"], policy=policy.default)
    for name in set(sent.message.keys()) - set(previewed.keys()):
        del sent.message[name]
    assert {"Date", "Message-ID", "Subject"} <= set(previewed.keys())
    assert sent.message.as_bytes() == previewed.as_bytes()


async def test_nothing_of_a_held_answer_is_outside_before_it_goes_out(doors: Doors, company: DemoCompany) -> None:
    """W7, P5: by no mail, key, page or list; nor of unsent words, previews, notes in warnings, or tags."""
    day = Workday(doors, company, Story())
    case = await _opened(day, company, f"Janela ({secrets.token_hex(4)})")
    secret = f"segredo-{secrets.token_hex(6)}"
    admin = await doors.sign_in(company.slug, _admin(company), PASSWORD)
    guest = await doors.sign_in(company.slug, company.client.address, PASSWORD)
    note = f"O fornecedor pediu {secret} e mais prazo"
    noted = await case.agent.command(case.number, "comments", {"text": note})
    tag = await admin.post("/api/v1/tags", {"name": f"etiqueta-{secret}"})
    n = noted["timeline"][-1]["n"]
    await case.agent.post(f"/api/v1/tickets/{case.number}/entries/{n}/tags", {"add": [tag["id"]]})
    async with _window(admin, 90):
        held = await case.agent.command(case.number, "comments", {"text": f"Resposta {secret}", "visible": True})
        unsent = f"/api/v1/tickets/{case.number}/unsent"
        kept = await case.agent.request("PUT", unsent, json={"text": f"rascunho {secret}", "revision": 0})
        assert kept.status_code == 200
        asked = {"text": note, "visible": True}
        warned = await case.agent.post(f"/api/v1/tickets/{case.number}/comments/preview", asked)
        assert [one["code"] for one in warned["warnings"] if one["asks"]] == ["private_words"]
        refused = await case.agent.request("POST", f"/api/v1/tickets/{case.number}/comments", json=asked)
        assert refused.status_code == 409

        for place, text in (await _everything(guest, company, case, held["accepted"]["reply_id"])).items():
            assert secret not in text, place
        assert secret not in "".join(one.words for one in await doors.mails(since=day.began, to=company.client.address))
        undone = f"/api/v1/tickets/{case.number}/outgoing/{held['accepted']['reply_id']}/undo"
        after = await case.agent.post(undone)
        assert after["outgoing"] == []
        words = [one["text"] for one in (await case.agent.get(unsent))["items"]]
        assert words == [f"rascunho {secret}", f"Resposta {secret}"]
    final = await case.agent.command(case.number, "comments", {"text": "Tudo certo.", "visible": True})
    await day.until_mail(company.client, "the answer that was not undone", in_text="Tudo certo.")
    assert final["accepted"]["reply_id"]
    assert secret not in "".join(one.words for one in await doors.mails(since=day.began, to=company.client.address))
    for place, text in (await _everything(guest, company, case, held["accepted"]["reply_id"])).items():
        assert secret not in text, place


async def _opened(day: Workday, company: DemoCompany, subject: str) -> Case:
    with day.story.step("open") as step:
        mail = mails.question(company.client, company, subject)
        case, _ = await day.open_by_mail(step, mail, company.client, company.client.workspace)
    return case


async def _upload(agent: Session, name: str, content: bytes, media_type: str) -> Json:
    answer = await agent.request(
        "POST", "/api/v1/files", params={"name": name}, content=content, headers={"Content-Type": media_type}
    )
    kept: Json = answer.json()
    return kept


@asynccontextmanager
async def _window(admin: Session, seconds: int) -> AsyncIterator[None]:
    """The company with another undo window, for as long as this lasts."""
    before = (await admin.get("/api/v1/company"))["policies"]
    await _set_policies(admin, {**before, "undo_seconds": seconds})
    try:
        yield
    finally:
        await _set_policies(admin, before)


async def _set_policies(admin: Session, policies: Json) -> None:
    answer = await admin.request("PATCH", "/api/v1/company", json={"policies": policies})
    assert answer.status_code == 200, answer.text

    async def look() -> None:
        seen = (await admin.get("/api/v1/company"))["policies"]["undo_seconds"]
        if seen != policies["undo_seconds"]:
            raise NotYet(str(seen))

    await eventually("the undo window to be another", look)


def _admin(company: DemoCompany) -> str:
    return next(one.address for one in company.players if "admin" in one.roles)


def _parts(message: EmailMessage) -> list[tuple[Any, ...]]:
    """Every part that is no container: type, way, name, content id, and the decoded bytes."""
    return [
        (
            part.get_content_type(),
            part.get_content_disposition(),
            part.get_filename(),
            part.get("Content-ID"),
            part.get_payload(decode=True),
        )
        for part in message.walk()
        if not part.is_multipart()
    ]


async def _everything(session: Session, company: DemoCompany, case: Case, reply_id: str) -> dict[str, str]:
    """Whatever a guest can ask the gateway for about this ticket, whether it is answered or refused."""
    number = case.number
    reads = [
        "/api/v1/portal/tickets",
        f"/api/v1/portal/tickets/{number}",
        f"/api/v1/tickets/{number}",
        f"/api/v1/tickets/{number}/outgoing",
        f"/api/v1/tickets/{number}/unsent",
        "/api/v1/unsent",
        "/api/v1/interactions?tag=x",
        f"/{company.slug}/my/tickets",
        f"/{company.slug}/my/tickets/{number}",
        f"/{company.slug}/desk/tickets/{number}",
    ]
    found = {path: (await session.request("GET", path)).text for path in reads}
    for command in (
        f"/api/v1/tickets/{number}/comments/preview",
        f"/api/v1/tickets/{number}/outgoing/{reply_id}/undo",
        f"/api/v1/tickets/{number}/outgoing/{reply_id}/send-now",
        f"/api/v1/tickets/{number}/entries/1/tags",
    ):
        answer = await session.request("POST", command, json={"text": "x"} if "preview" in command else {})
        assert answer.status_code == 404, command
        found[command] = answer.text
    return found
