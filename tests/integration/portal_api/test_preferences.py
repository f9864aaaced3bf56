"""Notices and preferences at the door: who may ask, and what the notifier is asked."""

import pytest

from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway

pytestmark = [
    pytest.mark.real_broker,
    pytest.mark.real_database,
    pytest.mark.asyncio(loop_scope="module"),
]

OWN = "/api/v1/notice-preferences"
ROLE = "/api/v1/notice-preferences/of-role?role=agent"
COLLEAGUE = "/api/v1/people/ana/notice-preferences"


async def test_one_s_own_choices_reach_the_notifier_as_they_were_made(gateway: Gateway) -> None:
    """What was left out stays out, and null stays null: they mean different things."""
    paulo = await gateway.program(PAULO)
    body = {"ways": {"task_assigned": ["in_app"], "task_cancelled": None}, "digest": {"hour": 7}}
    answer = await paulo.http.patch(OWN, json=body, headers={"if-match": '"2"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
    asked = gateway.behind.last()
    assert (asked.method, asked.path, asked.body) == ("PATCH", "/preferences", body)
    assert asked.headers["if-match"] == '"2"'
    assert asked.acting.person_id == "paulo"
    assert (await paulo.get(OWN)).json()["version"] == 3


async def test_administrators_choose_for_colleagues_and_roles_others_do_not(gateway: Gateway) -> None:
    """403 for the team, 404 for guests, to whom it does not exist."""
    ana, gina, eva = [await gateway.program(*who) for who in ((ANA, "agencia"), (GINA, "agencia"), (EVA, "outra"))]
    body: dict[str, object] = {"ways": {"task_assigned": []}}
    for path, asked in ((ROLE, "/preferences/of-roles/agent"), (COLLEAGUE, "/preferences/of-people/ana")):
        for method in ("GET", "PATCH"):
            answers = [await who.http.request(method, path, json=body) for who in (eva, ana, gina)]
            assert [one.status_code for one in answers] == [200, 403, 404], (method, path)
        assert [(one.method, one.acting.person_id) for one in gateway.behind.of(asked)] == [
            ("GET", "eva"),
            ("PATCH", "eva"),
        ]
    assert [(await gina.get(OWN)).status_code, (await gina.http.patch(OWN, json={})).status_code] == [404, 404]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ways": {"task_assigned": ["pigeon"]}},
        {"digest": {"hour": 24}},
        {"colour": "red"},
        {"ways": {str(n): [] for n in range(101)}},
    ],
    ids=["way", "hour", "unknown", "many"],
)
async def test_what_makes_no_sense_is_refused_at_the_door(gateway: Gateway, wrong: dict[str, object]) -> None:
    ana = await gateway.program(ANA)
    assert (await ana.http.patch(OWN, json=wrong)).status_code == 422
    assert gateway.behind.of("/preferences") == []


async def test_the_bell_s_number_and_reading_all(gateway: Gateway) -> None:
    ana, gina = await gateway.program(ANA), await gateway.program(GINA)
    assert (await ana.get("/api/v1/notices/unread")).json() == {"unread": 1}
    assert (await ana.post("/api/v1/notices/read")).json() == {"read": 1}
    assert [(await gina.get("/api/v1/notices/unread")).status_code] == [404]
    assert (await gina.post("/api/v1/notices/read")).status_code == 404
