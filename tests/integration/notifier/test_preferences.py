"""Preferences over the API, and what they change in what is told; on the real broker and database."""

import asyncio

import pytest

from balcao.notifier import wishes
from balcao.shared.events import PersonProfile, PersonRegistered
from balcao.shared.tokens import Acting
from tests.integration.notifier.running import ANA, Notifier, World, eventually
from tests.support.told_facts import ANALYST, PRODUCER, production_finished, requester_replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = ANA.model_copy(update={"person_id": "boss", "name": "Boss", "roles": ("admin",)})
GUEST = ANA.model_copy(update={"person_id": "zoe", "roles": ()})
STRANGER = ADMIN.model_copy(update={"company_id": "another"})
MEMBER = PersonProfile(id="ana", name="Ana Souza", addresses=(ANALYST.address or "",), roles=("agent",), version=1)


def kinds(answer: dict[str, object]) -> dict[str, list[str]]:
    return {one["kind"]: one["ways"] for one in answer["kinds"]}  # type: ignore[attr-defined]


async def knows(outside: World, profile: PersonProfile) -> None:
    """The notifier has heard of somebody."""
    await outside.say(said(PersonRegistered(person=profile), id_=f"{profile.id}/{profile.version}"))

    async def heard() -> bool:
        found = await outside.mongo.db["people"].find_one({"_id": profile.id})
        return found is not None and found["version"] == profile.version

    await eventually(heard)


async def told(outside: World, event_id: str) -> set[str]:
    """The ways by which a fact was told to the analyst."""
    await outside.say(said(requester_replied(), id_=event_id, actor=PRODUCER))
    await outside.say(said(production_finished(), id_=f"{event_id}-after", actor=PRODUCER))

    async def is_through() -> bool:
        ready = await outside.waiting("notifier.tell") == 0
        return ready and len(await outside.deliveries(event_id=f"{event_id}-after", state="sent")) == 4

    await eventually(is_through)
    return {one["channel"] for one in await outside.deliveries(event_id=event_id)}


async def settles_on(outside: World, ways: set[str], name: str) -> None:
    """Return once four facts in a row were told this way, whichever replica told them."""
    for attempt in range(30):
        events = [f"{name}-{attempt}-{n}" for n in range(4)]
        if all([await told(outside, one) == ways for one in events]):
            return
        await asyncio.sleep(0.3)
    raise AssertionError(f"told otherwise than {ways} for too long")


async def change(
    notifier: Notifier, path: str, body: object, acting: Acting = ANA, version: str | None = None
) -> tuple[int, dict[str, object]]:
    answer = await notifier.patch(path, body, acting, version)
    return answer.status_code, answer.json()


async def test_what_somebody_turns_off_they_are_told_no_more_that_way_and_on_every_replica(
    outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replica that took the choice knows it at once, the others soon."""
    monkeypatch.setattr(wishes, "LOOKS_EVERY_S", 0.2)
    async with outside.notifier() as one, outside.notifier() as other:
        assert await told(outside, "e1") == {"mail", "in_app"}
        status, shown = await change(one, "/preferences", {"ways": {"requester_replied": ["in_app"]}})
        assert (status, kinds(shown)["requester_replied"]) == (200, ["in_app"])
        assert kinds((await other.get("/preferences")).json())["requester_replied"] == ["in_app"]
        await settles_on(outside, {"in_app"}, "less")
        await change(one, "/preferences", {"ways": {"requester_replied": []}})
        await settles_on(outside, set(), "nothing")
        await change(other, "/preferences", {"ways": {"requester_replied": None}})
        await settles_on(outside, {"mail", "in_app"}, "again")


async def test_preferences_are_kept_over_a_restart(outside: World) -> None:
    async with outside.notifier() as notifier:
        await change(notifier, "/preferences", {"ways": {"requester_replied": []}})
    async with outside.notifier():
        assert await told(outside, "e1") == set()


async def test_wrong_choices_are_refused_in_words_and_change_nothing(outside: World) -> None:
    async with outside.notifier() as notifier:
        wrongs: tuple[dict[str, object], ...] = (
            {"ways": {"reply": []}},
            {"ways": {"production_finished": []}},
            {"ways": {"ticket_merged": ["mail"]}},
            {"ways": {"no_such_kind": []}},
            {"digest": {"hour": 24}},
            {"digest": {"time_zone": "Mars/Olympus"}},
            {"colour": "red"},
        )
        for wrong in wrongs:
            status, problem = await change(notifier, "/preferences", wrong)
            assert status == 422, wrong
            assert problem["detail"]
        assert (await notifier.get("/preferences")).json()["version"] == 0


async def test_a_change_decided_on_another_version_is_refused(outside: World) -> None:
    async with outside.notifier() as notifier:
        assert (await change(notifier, "/preferences", {"digest": {"hour": 7}}, version='"0"'))[0] == 200
        status, problem = await change(notifier, "/preferences", {"digest": {"hour": 9}}, version='"0"')
        assert (status, problem["current_version"]) == (409, 1)
        shown = (await notifier.get("/preferences")).json()
        assert shown["digest"] == {"on": True, "hour": 7, "time_zone": None}


async def test_administrators_choose_for_others_and_for_roles_and_nobody_else_does(
    outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same requests by an agent (403), a guest and another company's administrator (404)."""
    async with outside.notifier() as notifier:
        monkeypatch.setattr(wishes, "LOOKS_EVERY_S", 0.2)
        await knows(outside, MEMBER)
        await eventually(lambda: _is_known(notifier))
        for path in ("/preferences/of-people/ana", "/preferences/of-roles/agent"):
            body = {"ways": {"requester_replied": ["mail"]}}
            assert [(await change(notifier, path, body, who))[0] for who in (ANA, GUEST)] == [403, 404]
            assert [(await notifier.get(path, who)).status_code for who in (ANA, GUEST)] == [403, 404]
        assert (await change(notifier, "/preferences", {}, GUEST))[0] == 404
        assert (await change(notifier, "/preferences/of-people/ana", {}, STRANGER))[0] == 404
        assert (await change(notifier, "/preferences/of-people/nobody", {}, ADMIN))[0] == 404

        status, of_role = await change(
            notifier, "/preferences/of-roles/agent", {"ways": {"requester_replied": ["in_app"]}}, ADMIN
        )
        assert (status, kinds(of_role)["requester_replied"]) == (200, ["in_app"])
        assert await told(outside, "e1") == {"in_app"}
        status, of_person = await change(
            notifier, "/preferences/of-people/ana", {"ways": {"requester_replied": ["mail"]}}, ADMIN
        )
        assert (status, kinds(of_person)["requester_replied"]) == (200, ["mail"])
        assert await told(outside, "e2") == {"mail"}


async def _is_known(notifier: Notifier) -> bool:
    return (await notifier.get("/preferences/of-people/ana", ADMIN)).status_code == 200


async def test_who_left_the_team_has_no_roles_whatever_order_the_facts_come_in_and_guests_are_not_kept(
    outside: World,
) -> None:
    async with outside.notifier():
        await knows(outside, MEMBER.model_copy(update={"roles": (), "version": 3}))
        guest = PersonRegistered(person=MEMBER.model_copy(update={"id": "guest", "roles": ()}))
        await outside.say(said(PersonRegistered(person=MEMBER), id_="late"), said(guest, id_="guest"))
        await knows(outside, MEMBER.model_copy(update={"id": "last"}))
        found = {one["_id"]: one["roles"] for one in await outside.mongo.db["people"].find({}).to_list(None)}
        assert found == {"ana": [], "last": ["agent"]}
