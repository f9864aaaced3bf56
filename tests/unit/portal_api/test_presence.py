"""Who is at a ticket, by what open pages said and when; and how often one may say it."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from balcao.portal_api.clients import Answer
from balcao.portal_api.domain.live import News
from balcao.portal_api.domain.presence import LAPSES_S, Presences, Present
from balcao.portal_api.live import Live
from balcao.portal_api.presence import PER_PERSON, Presence
from balcao.shared.errors import NotFound, TooMany
from balcao.shared.events import AnyEnvelope
from balcao.shared.tokens import Acting

WHERE = ("agencia", 12)
ANA, DAVI = Present("ana", "Ana Reis", False), Present("davi", "Davi Lima", False)
_SOME_DAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACTING = Acting(company_id="agencia", person_id="ana", name="Ana Reis", address="ana@agencia.test", roles=("agent",))


def doing(presences: Presences, but: str = "") -> dict[str, str]:
    return {one.person_id: one.doing for one in presences.at(WHERE, but)}


def test_a_page_that_says_nothing_more_is_gone_after_some_seconds_and_not_before() -> None:
    presences = Presences()
    assert presences.heard(WHERE, ANA, "page-1", "looking", 100.0)
    assert presences.lapse(100.0 + LAPSES_S - 0.1) == []
    assert doing(presences) == {"ana": "looking"}
    assert presences.lapse(100.0 + LAPSES_S) == [WHERE]
    assert doing(presences) == {}


def test_a_page_that_says_it_again_stays_and_that_is_no_news() -> None:
    presences = Presences()
    presences.heard(WHERE, ANA, "page-1", "looking", 100.0)
    assert not presences.heard(WHERE, ANA, "page-1", "looking", 110.0)
    assert presences.lapse(100.0 + LAPSES_S) == []
    assert doing(presences) == {"ana": "looking"}


def test_who_has_two_pages_open_is_there_once_until_both_are_gone_and_writes_where_one_of_them_does() -> None:
    presences = Presences()
    presences.heard(WHERE, ANA, "page-1", "looking", 0.0)
    assert presences.heard(WHERE, ANA, "page-2", "writing", 1.0)
    assert not presences.heard(WHERE, ANA, "page-1", "gone", 2.0)
    assert doing(presences) == {"ana": "writing"}
    assert presences.heard(WHERE, ANA, "page-2", "gone", 3.0)
    assert doing(presences) == {}


def test_who_writes_comes_first_and_nobody_sees_themselves() -> None:
    presences = Presences()
    presences.heard(WHERE, ANA, "page-1", "looking", 0.0)
    presences.heard(WHERE, DAVI, "page-2", "writing", 0.0)
    assert [one.person_id for one in presences.at(WHERE)] == ["davi", "ana"]
    assert doing(presences, but="davi") == {"ana": "looking"}
    assert presences.at(("agencia", 13)) == presences.at(("outra", 12)) == []


def test_that_somebody_goes_who_was_never_there_is_no_news() -> None:
    assert not Presences().heard(WHERE, ANA, "page-1", "gone", 0.0)


def test_no_more_pages_are_kept_in_mind_than_fit_and_those_that_go_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balcao.portal_api.domain.presence.MOST_PAGES", 1)
    presences = Presences()
    presences.heard(WHERE, ANA, "page-1", "looking", 0.0)
    assert not presences.heard(WHERE, DAVI, "page-2", "looking", 0.0)
    assert presences.heard(WHERE, ANA, "page-1", "writing", 1.0)
    presences.heard(WHERE, ANA, "page-1", "gone", 2.0)
    assert presences.heard(WHERE, DAVI, "page-2", "looking", 3.0)


class Whispers:
    """A bus on which somebody listens."""

    def __init__(self) -> None:
        self.said: list[AnyEnvelope] = []

    async def whisper(self, event: AnyEnvelope) -> None:
        self.said.append(event)


class Desk:
    """`tickets`, as far as it says whether somebody may see one."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, path: str, acting: Acting) -> Answer:
        self.asked.append(path)
        if "/12/" not in path:
            raise NotFound("no such ticket")
        return Answer(200, b"{}", None, "application/json")


def presence_at(desk: Desk, bus: Whispers, changed: list[Any]) -> Presence:
    return Presence(bus, desk, lambda *where: changed.append(where))  # type: ignore[arg-type]


async def test_what_a_page_says_is_whispered_and_heard_by_every_process() -> None:
    bus = Whispers()
    changed: list[tuple[str, int]] = []
    presence = presence_at(Desk(), bus, changed)
    await presence.say(ACTING, 12, "page-number-1", "writing")
    assert changed == []
    presence.heard(bus.said[0].to_json())
    assert changed == [WHERE]
    davi = ACTING.model_copy(update={"person_id": "davi"})
    assert [(one.name, one.doing) for one in await presence.at(davi, 12)] == [("Ana Reis", "writing")]
    assert await presence.at(ACTING, 12) == []


async def test_of_a_ticket_that_one_may_not_see_nothing_is_said_and_nothing_told() -> None:
    bus, desk = Whispers(), Desk()
    presence = presence_at(desk, bus, [])
    for _ in range(2):
        with pytest.raises(NotFound):
            await presence.say(ACTING, 13, "page-number-1", "looking")
        with pytest.raises(NotFound):
            await presence.at(ACTING, 13)
    assert bus.said == []
    assert len(desk.asked) == 4


async def test_a_ticket_that_one_sees_is_not_asked_for_at_every_beat() -> None:
    desk = Desk()
    presence = presence_at(desk, Whispers(), [])
    for _ in range(3):
        await presence.say(ACTING, 12, "page-number-1", "looking")
    assert len(desk.asked) == 1
    await presence.say(ACTING.model_copy(update={"person_id": "davi"}), 12, "page-number-2", "looking")
    assert len(desk.asked) == 2


async def test_who_says_it_too_often_is_refused_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    presence = presence_at(Desk(), Whispers(), [])
    monkeypatch.setattr("balcao.portal_api.presence.now", lambda: PER_PERSON.window_ends(_SOME_DAY))
    for _ in range(PER_PERSON.most):
        await presence.say(ACTING, 12, "page-number-1", "looking")
    with pytest.raises(TooMany):
        await presence.say(ACTING, 12, "page-number-1", "looking")
    await presence.say(ACTING.model_copy(update={"person_id": "davi"}), 12, "page-number-2", "looking")


def test_who_is_there_is_told_to_the_team_alone() -> None:
    """P5: not even that somebody looks reaches a requester."""
    told = News("agencia", "presence", {"number": 12})
    assert told.seen_by(ACTING) == {"number": 12}
    assert told.seen_by(ACTING.model_copy(update={"roles": ("producer",)})) == {"number": 12}
    assert told.seen_by(ACTING.model_copy(update={"roles": ()})) is None
    assert told.seen_by(ACTING.model_copy(update={"company_id": "outra"})) is None


async def test_that_it_changed_reaches_open_pages_and_is_not_kept_for_later() -> None:
    live = Live(most_streams=5)

    async def still() -> Acting | None:
        return ACTING

    stream = live.join(ACTING, still, None)
    live.presence_changed(*WHERE)
    pieces = stream.pieces()
    sent = b"".join([await anext(pieces) for _ in range(3)])
    assert b"event: presence\n" in sent
    assert orjson.loads(sent.rpartition(b"data: ")[2]) == {"number": 12}
    assert not live._remembered
