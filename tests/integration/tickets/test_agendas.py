"""Somebody's work of the day, drawn up when it is asked for (W17)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from balcao.shared.clock import now
from balcao.shared.events import AgendaWanted, AnyEnvelope, Envelope, Party
from tests.integration.tickets.running import AS_ANA, Desk, World, eventually, signed
from tests.unit.tickets.builders import ANA, COMPANY, TEAM

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]
WITHIN_S = 30
ALL_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def wanted(person_id: str = ANA.id, id_: str = "wanted-1", company: str = COMPANY) -> Envelope[Any]:
    day = TEAM.company.calendar().today(now())
    data = AgendaWanted(person=Party(person_id=person_id, name="Ana"), roles=("agent",), day=str(day))
    return Envelope[Any](
        id=id_,
        source="notifier",
        type=data.type,
        subject=person_id,
        time=now(),
        correlationid=id_,
        causationid=id_,
        companyid=company,
        data=data,
    )


async def company_works(desk: Desk, *, weekdays: list[str]) -> None:
    """The days on which it does; no holidays, whatever day this test is run on."""
    working: dict[str, Any] = {**TEAM.company.working_time.model_dump(), "weekdays": weekdays, "country": None}
    change = {"$set": {"working_time": working}}
    await desk.service.mongo.db["companies"].update_one({"_id": TEAM.company.id}, change)
    desk.desk.directory.forget(TEAM.company.id)


async def with_ana(desk: Desk, title: str, due: datetime | None) -> int:
    """A ticket on which Ana acts."""
    opened = await desk.opened(message_id=title, subject=title, internet_message_id=f"<{len(title)}@cliente.test>")
    number = int(opened["number"])
    for path, body in (
        ("stage", {"stage": "analysis"}),
        ("stage-assignee", {"stage": "analysis", "person_id": ANA.id}),
    ):
        answer = await desk.post(f"/tickets/{number}/{path}", body)
        assert answer.status_code == 200, answer.text
    change = {"due": due.isoformat() if due else None, "note": "Combinado"}
    answer = await desk.call("PATCH", f"/v1/tickets/{number}", json=change, headers=signed(AS_ANA))
    assert answer.status_code == 200, answer.text
    return number


async def drawn(desk: Desk, outside: World, event: AnyEnvelope) -> list[AnyEnvelope]:
    """What was said of it, once the asking is through."""
    handled = desk.bus.handled["tickets.draw_agenda"]
    await outside.say(event)

    async def is_through() -> bool:
        return desk.bus.handled["tickets.draw_agenda"] > handled

    await eventually(is_through, WITHIN_S)
    return outside.said("agenda.drawn.v1")


async def test_a_day_with_nothing_to_do_is_not_worth_a_word(desk: Desk, outside: World) -> None:
    await company_works(desk, weekdays=ALL_DAYS)
    await with_ana(desk, "Algum dia", None)
    assert await drawn(desk, outside, wanted()) == []


async def test_what_is_late_what_is_for_today_and_what_has_no_date_is_said_once_by_its_id(
    desk: Desk, outside: World
) -> None:
    """Asked twice it is the same fact: whoever tells of it tells once."""
    await company_works(desk, weekdays=ALL_DAYS)
    late = await with_ana(desk, "Atrasado", now() - timedelta(days=3))
    due = await with_ana(desk, "De hoje", now())
    await with_ana(desk, "De depois de amanhã", now() + timedelta(days=3))
    undated = await with_ana(desk, "Algum dia", None)
    await drawn(desk, outside, wanted())
    await eventually(lambda: _heard(outside, 1), WITHIN_S)
    await drawn(desk, outside, wanted())
    await eventually(lambda: _heard(outside, 2), WITHIN_S)
    one, again = outside.said("agenda.drawn.v1")
    assert (one.id, one.data) == (again.id, again.data)
    said = one.data
    assert [[each.number for each in part] for part in (said.overdue, said.today, said.without_date)] == [
        [late],
        [due],
        [undated],
    ]
    assert (said.overdue_count, said.today_count, said.without_date_count) == (1, 1, 1)
    assert said.person.person_id == ANA.id


async def _heard(outside: World, count: int) -> bool:
    return len(outside.said("agenda.drawn.v1")) == count


async def test_nothing_is_said_on_a_day_off_nor_to_others_of_what_is_not_theirs(desk: Desk, outside: World) -> None:
    """The same tickets, another day; another colleague; another company's person of the same id."""
    today = TEAM.company.calendar().today(now()).weekday()
    await with_ana(desk, "Atrasado", now() - timedelta(days=3))
    await company_works(desk, weekdays=[ALL_DAYS[(today + 1) % 7]])
    assert await drawn(desk, outside, wanted(id_="day-off")) == []
    await company_works(desk, weekdays=ALL_DAYS)
    assert await drawn(desk, outside, wanted("caio", "others")) == []
    assert await drawn(desk, outside, wanted(id_="elsewhere", company="outra")) == []
    await drawn(desk, outside, wanted(id_="theirs"))
    await eventually(lambda: _heard(outside, 1), WITHIN_S)
