"""The directory: settings, people, tags, projects and workspaces, each guarded by roles, versions and names."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from balcao.shared.tokens import Acting
from tests.integration.tickets.running import (
    AS_ANA,
    AS_BIA,
    EVE,
    Desk,
    World,
    acting,
    eventually,
    signed,
)
from tests.unit.tickets.builders import ANA, DAVI, a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ADMIN = acting(ANA, roles=("admin", "agent"))
PRODUCER = acting(DAVI, roles=("producer",))
GUEST = acting(a_requester(), person_id="dora", roles=())
CPF, OTHER_CPF = "529.982.247-25", "111.444.777-35"


async def send(
    desk: Desk, method: str, path: str, body: Any = None, who: Acting = ADMIN, **headers: str
) -> httpx.Response:
    """A request with a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await desk.call(method, f"/v1{path}", json=body, headers=signed(who) | named)


async def patched(desk: Desk, path: str, body: Any, who: Acting = ADMIN, **headers: str) -> httpx.Response:
    return await send(desk, "PATCH", path, body, who, **headers)


async def added(desk: Desk, path: str, body: Any, who: Acting = ADMIN) -> dict[str, Any]:
    """Something new, that must be taken."""
    answer = await send(desk, "POST", path, body, who)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def people(desk: Desk, query: str) -> dict[str, Any]:
    """A page of the list of people."""
    answer = await desk.call("GET", f"/v1/people?{query}", headers=signed(AS_BIA))
    found: dict[str, Any] = answer.json()
    return found


def names(page: dict[str, Any]) -> list[str]:
    return [one["name"] for one in page["items"]]


async def test_an_administrator_changes_settings_and_everybody_is_told(desk: Desk, outside: World) -> None:
    policies = {"undo_seconds": 30, "unknown_sender": "hold", "feedback_days": 7}
    working = {"state": "SP", "own": [{"day": "2026-12-22", "name": "Festa da firma"}]}
    before = (await desk.get("/company", ADMIN)).headers["etag"]
    answer = await patched(
        desk, "/company", {"name": "Agência Nova", "policies": policies, "working_time": working}, if_match=before
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["policies"]["undo_seconds"] == 30
    assert (await desk.get("/company", AS_BIA)).json()["name"] == "Agência Nova"
    holidays = (await desk.get("/company/holidays", AS_BIA, year=2026)).json()["items"]
    assert {"day": "2026-12-22", "name": "Festa da firma"} in holidays
    assert any(one["day"] == "2026-07-09" for one in holidays)
    await eventually(lambda: len(outside.said("company.configured.v1")) == 3)
    said = outside.said("company.configured.v1")[-1].data
    assert (said.company.policies.unknown_sender, said.company.policies.undo_seconds) == ("hold", 30)
    assert said.changed == ("name", "policies", "working_time")
    stale = await patched(desk, "/company", {"name": "Outra"}, if_match=before)
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:balcao:problem:stale")


async def test_a_companys_colour_and_logo_reach_whoever_writes_in_its_name(desk: Desk, outside: World) -> None:
    logo = {"file_id": "sha256:" + "ab" * 32, "media_type": "image/png", "size": 900, "width": 40, "height": 20}
    answer = await patched(desk, "/company", {"colour": "#B8860B", "logo": logo})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["colour"], answer.json()["logo"]) == ("#b8860b", logo)
    await eventually(lambda: outside.said("company.configured.v1")[-1].data.changed == ("colour", "logo"))
    said = outside.said("company.configured.v1")[-1].data.company
    assert (said.colour, said.logo.model_dump()) == ("#b8860b", logo)
    await patched(desk, "/company", {"name": "Agência Nova"})
    assert (await desk.get("/company", AS_BIA)).json()["logo"] == logo
    assert (await patched(desk, "/company", {"colour": None, "logo": None})).json()["logo"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "#ffd400"},
        {"colour": "teal"},
        {"logo": {"file_id": "mail:1/2", "media_type": "image/png", "size": 1, "width": 1, "height": 1}},
        {"logo": {"file_id": "sha256:" + "a" * 64, "media_type": "image/svg+xml", "size": 1, "width": 1, "height": 1}},
        {"logo": {"file_id": "sha256:" + "a" * 64, "media_type": "image/png", "size": 9**9, "width": 1, "height": 1}},
    ],
    ids=["too pale", "no colour", "another kind of file", "svg", "too large"],
)
async def test_a_colour_or_logo_that_letters_can_not_carry_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    answer = await patched(desk, "/company", body)
    assert answer.status_code == 422, answer.text
    if body.get("colour") == "#ffd400":
        assert answer.json()["type"] == "urn:balcao:problem:colour-too-pale"
        assert answer.json()["nearest"] == "#af9200"


async def test_a_companys_words_for_priorities_are_shown_with_the_default_ones(desk: Desk) -> None:
    """O9."""
    words = {"pt-BR": {"urgent": {"label": "Parou tudo", "impact": "Perde-se dinheiro"}}}
    await patched(desk, "/company", {"policies": {"priority_words": words}})
    company = (await desk.get("/company", AS_BIA)).json()
    assert company["usual_priority_words"]["pt-BR"]["urgent"]["label"] == "Urgente"
    shown = company["priority_words"]["pt-BR"]
    assert shown["urgent"] == {"label": "Parou tudo", "impact": "Perde-se dinheiro"}
    assert shown["low"]["label"] == "Baixa"


async def test_no_two_companies_have_a_mail_address_in_common_until_it_is_given_up(desk: Desk) -> None:
    """O2."""
    taken = await patched(desk, "/company", {"addresses": ["oi@agencia.test", "oi@outra.test"]})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:balcao:problem:address-is-taken")
    assert "Outra" not in taken.text
    given_up = await patched(desk, "/company", {"addresses": ["novo@outra.test"]}, EVE)
    assert given_up.status_code == 200, given_up.text
    assert (await patched(desk, "/company", {"addresses": ["oi@agencia.test", "oi@outra.test"]})).status_code == 200


async def test_a_persons_address_cannot_become_the_companys_nor_the_other_way_round(desk: Desk) -> None:
    refused = await patched(desk, "/company", {"addresses": ["bia@agencia.test"]})
    assert (refused.status_code, refused.json()["name"]) == (409, "Bia")
    body = {"name": "Eco", "addresses": ["oi@agencia.test"]}
    answer = await send(desk, "POST", "/people", body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:balcao:problem:address-is-the-companys")


async def test_a_taken_address_or_cpf_says_whose_it_is(desk: Desk) -> None:
    first = await added(desk, "/people", {"name": "Dora", "addresses": ["dora@cliente.test"], "cpf": CPF}, AS_BIA)
    assert first["cpf"] == "52998224725"
    answer = await send(desk, "POST", "/people", {"name": "D", "addresses": ["d@x.test", "Dora@cliente.test"]})
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "urn:balcao:problem:address-is-taken")
    assert (problem["person_id"], problem["name"], problem["address"]) == (first["id"], "Dora", "dora@cliente.test")
    same = await send(desk, "POST", "/people", {"name": "Eva", "addresses": ["eva@cliente.test"], "cpf": CPF})
    assert (same.status_code, same.json()["name"]) == (409, "Dora")
    wrong = await send(desk, "POST", "/people", {"name": "Eva", "addresses": ["e@x.test"], "cpf": "529.982.247-24"})
    assert (wrong.status_code, "check digits" in wrong.text) == (422, True)


async def test_of_two_who_claim_one_cpf_at_once_one_gets_it(desk: Desk) -> None:
    """Fails when the claim is only looked for before and not written with the person."""
    bodies = [{"name": f"P{n}", "addresses": [f"p{n}@x.test"], "cpf": CPF} for n in range(4)]
    answers = await asyncio.gather(*(send(desk, "POST", "/people", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_cpf_given_up_is_free_for_somebody_else(desk: Desk) -> None:
    first = await added(desk, "/people", {"name": "Dora", "addresses": ["dora@cliente.test"], "cpf": CPF})
    changed = await patched(desk, f"/people/{first['id']}", {"cpf": OTHER_CPF})
    assert changed.json()["cpf"] == "11144477735"
    await added(desk, "/people", {"name": "Eva", "addresses": ["eva@cliente.test"], "cpf": CPF})
    back = await patched(desk, f"/people/{first['id']}", {"cpf": CPF})
    assert (back.status_code, back.json()["name"]) == (409, "Eva")


async def test_a_profile_has_several_addresses_and_its_changes_are_told(desk: Desk, outside: World) -> None:
    """O6."""
    dora = await added(desk, "/people", {"name": "Dora", "addresses": ["dora@cliente.test"]}, AS_BIA)
    body = {"name": "Dora Lima", "addresses": ["dora@cliente.test", "dlima@casa.test"], "default_workspace_id": "loja"}
    after = await patched(desk, f"/people/{dora['id']}", body, AS_BIA, if_match='"1"')
    assert (after.status_code, after.headers["etag"]) == (200, '"2"')
    await desk.opened(sender={"name": "D", "address": "dlima@casa.test"})
    ticket = await desk.ticket()
    assert (ticket["requester"]["person_id"], ticket["workspace_id"]) == (dora["id"], "loja")
    await eventually(lambda: any(e.data.changed for e in outside.said("person.registered.v1")))
    said = next(e for e in outside.said("person.registered.v1") if e.data.changed)
    assert said.data.changed == ("addresses", "default_workspace_id", "name")
    assert "cpf" not in said.data.person.model_dump()
    history = (await desk.get(f"/directory/{dora['id']}/history", ADMIN)).json()["items"]
    assert [(one["n"], one["actor"]["name"]) for one in history] == [(1, "Bia"), (2, "Bia")]


async def test_the_workspace_first_given_to_a_requesters_ticket_becomes_their_default(desk: Desk) -> None:
    """O6: learnt once, from the team, in the ticket's own transaction."""
    await desk.opened()
    person = (await desk.ticket())["requester"]["person_id"]
    edited = await patched(desk, "/tickets/1", {"workspace_id": "loja"}, AS_BIA)
    assert edited.status_code == 200, edited.text
    profile = (await desk.get(f"/people/{person}", AS_BIA)).json()
    assert profile["default_workspace_id"] == "loja"
    await patched(desk, "/tickets/1", {"workspace_id": "banco"}, AS_BIA)
    assert (await desk.get(f"/people/{person}", AS_BIA)).json()["default_workspace_id"] == "loja"


async def test_a_ticket_opened_at_the_desk_begins_where_its_requester_is_at_home(desk: Desk) -> None:
    """O6, O11: the first workspace told is remembered, also of somebody new, and used from then on."""
    body = {"title": "Um", "requester": {"address": "rita@cliente.test"}, "workspace_id": "loja"}
    first = (await desk.post("/tickets", body, AS_BIA)).json()
    person = first["requester"]["person_id"]
    assert (await desk.get(f"/people/{person}", AS_BIA)).json()["default_workspace_id"] == "loja"
    second = (await desk.post("/tickets", {"title": "Dois", "requester": body["requester"]}, AS_BIA)).json()
    assert (second["requester"]["person_id"], second["workspace_id"]) == (person, "loja")
    third = (await desk.post("/tickets", {**body, "title": "Três", "workspace_id": "banco"}, AS_BIA)).json()
    assert third["workspace_id"] == "banco"
    assert (await desk.get(f"/people/{person}", AS_BIA)).json()["default_workspace_id"] == "loja"


async def test_who_left_is_of_the_team_no_more_and_keeps_their_history(desk: Desk, outside: World) -> None:
    left = await patched(desk, "/people/caio", {"active": False})
    assert (left.status_code, left.json()["on_team"]) == (200, False)
    team = (await desk.get("/people", AS_BIA)).json()["items"]
    assert "caio" not in [one["id"] for one in team]
    await desk.opened()
    refused = await desk.post("/tickets/1/analyst", {"person_id": "caio"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:balcao:problem:unknown-person")
    await eventually(lambda: any(not e.data.person.active for e in outside.said("person.registered.v1")))
    assert next(e for e in outside.said("person.registered.v1") if not e.data.person.active).data.person.roles == ()


async def test_the_last_administrator_stays_one(desk: Desk) -> None:
    assert (await patched(desk, "/people/ana", {"roles": ["admin", "agent"]})).status_code == 200
    for body in ({"roles": ["agent"]}, {"active": False}):
        refused = await patched(desk, "/people/ana", body)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:last-administrator")
    await patched(desk, "/people/bia", {"roles": ["admin"]})
    assert (await patched(desk, "/people/ana", {"roles": ["agent"]})).status_code == 200


async def test_guests_are_found_by_the_beginning_of_name_or_address_page_by_page(desk: Desk) -> None:
    for name in ("Álvaro Reis", "alice Souza", "Bruno Sá", "ALICE Abreu"):
        address = f"{name.split()[0].lower().replace('á', 'a')}.{name.split()[1].lower()}@x.test"
        await added(desk, "/people", {"name": name, "addresses": [address]}, AS_BIA)
    everybody = await people(desk, "who=guests")
    assert names(everybody) == ["ALICE Abreu", "alice Souza", "Álvaro Reis", "Bruno Sá"]
    first = await people(desk, "who=guests&q=al&limit=2")
    assert names(first) == ["ALICE Abreu", "alice Souza"]
    second = await people(desk, f"who=guests&q=al&limit=2&after={quote(first['next'])}")
    assert (names(second), second["next"]) == (["Álvaro Reis"], None)
    assert names(await people(desk, "who=guests&q=%C3%81lv")) == ["Álvaro Reis"]
    assert names(await people(desk, "q=alice.souza@")) == ["alice Souza"]
    assert names(await people(desk, "q=lice.souza@")) == []
    assert names(await people(desk, "q=ana&who=team&limit=10")) == ["Ana"]


async def test_every_guest_is_on_one_page_of_the_list_however_they_are_called(desk: Desk) -> None:
    """Fails when a range between two pages is left out or counted twice."""
    called = ["Ana", "ana b", "Zoë", "ÿ last", "Ünal", "3M", "李小龍", "zz", "z", "a" * 200, "Œuvre", "!bang", "Ana"]
    for n, name in enumerate(called):
        await added(desk, "/people", {"name": name, "addresses": [f"g{n}@x.test"]}, AS_BIA)
    whole = names(await people(desk, "who=guests&limit=100"))
    assert sorted(whole) == sorted(called)
    walked: list[str] = []
    after = ""
    while True:
        page = await people(desk, f"who=guests&limit=2{after}")
        walked.extend(names(page))
        if page["next"] is None:
            break
        after = f"&after={quote(page['next'])}"
    assert walked == whole


async def test_tags_are_coloured_renamed_and_archived_and_their_names_are_unique(desk: Desk, outside: World) -> None:
    """O14."""
    tag = await added(desk, "/tags", {"name": "Urgência", "colour": "#FF0000"}, AS_BIA)
    assert (tag["colour"], tag["version"]) == ("#ff0000", 1)
    taken = await send(desk, "POST", "/tags", {"name": "  urgencia "}, AS_BIA)
    assert (taken.status_code, taken.json()["id"]) == (409, tag["id"])
    other = await added(desk, "/tags", {"name": "Fiscal"}, AS_BIA)
    clash = await patched(desk, f"/tags/{other['id']}", {"name": "URGENCIA"}, AS_BIA)
    assert clash.status_code == 409
    bare = await patched(desk, f"/tags/{tag['id']}", {"colour": None, "archived": True}, AS_BIA, if_match='"1"')
    assert (bare.json()["colour"], bare.json()["archived"]) == (None, True)
    assert [one["name"] for one in (await desk.get("/tags", AS_BIA)).json()["items"]] == ["Fiscal"]
    assert len((await desk.get("/tags", AS_BIA, archived=True)).json()["items"]) == 2
    again = await send(desk, "POST", "/tags", {"name": "Urgência"}, AS_BIA)
    assert (again.status_code, again.json()["archived"]) == (409, True)
    await eventually(lambda: len(outside.said("tag.configured.v1")) == 3)
    assert outside.said("tag.configured.v1")[-1].data.tag.archived


async def test_of_two_who_make_one_tag_at_once_one_does(desk: Desk) -> None:
    answers = await asyncio.gather(*(send(desk, "POST", "/tags", {"name": "Novo"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_repeated_request_makes_one_thing(desk: Desk) -> None:
    """Fails when ids are not derived from the key, or the repeat hears of its own name being taken."""
    for path, body in (
        ("/tags", {"name": "Um"}),
        ("/projects", {"name": "Natal", "workspace_id": "loja"}),
        ("/workspaces", {"name": "Padaria"}),
        ("/people", {"name": "Eva", "addresses": ["eva@x.test"], "cpf": CPF}),
        ("/saved-replies", {"title": "Olá", "text": "Oi"}),
    ):
        answers = [await send(desk, "POST", path, body, idempotency_key=f"k{path}") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201], answers[1].text
        assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_workspaces_get_the_next_number_and_archived_ones_take_no_new_tickets(desk: Desk) -> None:
    made = await asyncio.gather(*(added(desk, "/workspaces", {"name": f"Cliente {n}"}) for n in range(4)))
    assert sorted(one["number"] for one in made) == [3, 4, 5, 6]
    taken = await send(desk, "POST", "/workspaces", {"name": "Outro", "number": 3})
    assert taken.status_code == 409
    assert (await patched(desk, "/workspaces/loja", {"archived": True})).status_code == 200
    refused = await send(desk, "POST", "/projects", {"name": "Natal", "workspace_id": "loja"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:balcao:problem:unknown-workspace")
    names = [one["name"] for one in (await desk.get("/company", AS_BIA)).json()["workspaces"]]
    assert "Loja" not in names
    nowhere = await desk.post("/tickets", {"title": "Banner", "workspace_id": "loja"})
    assert (nowhere.status_code, nowhere.json()["type"]) == (422, "urn:balcao:problem:unknown-workspace")


async def test_the_team_table_names_people_of_the_team_for_a_workspace_or_the_company(desk: Desk) -> None:
    """H7."""
    row = await send(desk, "PUT", "/team-table/banco", {"service": "davi", "planning": None})
    assert (row.status_code, row.json()["service"], row.headers["etag"]) == (200, "davi", '"1"')
    ticket = (await desk.post("/tickets", {"title": "Banner", "workspace_id": "banco"}, AS_BIA)).json()
    assert ticket["analyst"]["person_id"] == "davi"
    everybody = await send(desk, "PUT", "/team-table/company", {"service": "bia", "planning": "bia"})
    assert everybody.status_code == 200
    for path, body in (("banco", {"service": "ninguem"}), ("nenhum", {"service": "bia"})):
        assert (await send(desk, "PUT", f"/team-table/{path}", body)).status_code == 422
    assert {one["workspace_id"] for one in (await desk.get("/team-table", AS_BIA)).json()["items"]} == {
        None,
        "loja",
        "banco",
    }


ADMINS_ONLY: list[tuple[str, str, Any]] = [
    ("PATCH", "/company", {"name": "Minha"}),
    ("PUT", "/team-table/loja", {"service": "bia"}),
    ("POST", "/workspaces", {"name": "Meu"}),
    ("PATCH", "/workspaces/loja", {"name": "Meu"}),
    ("POST", "/people", {"name": "Eu", "addresses": ["eu@x.test"], "roles": ["admin"]}),
    ("PATCH", "/people/bia", {"roles": ["admin"]}),
    ("PATCH", "/people/caio", {"name": "Outro"}),
    ("PATCH", "/people/bia", {"addresses": ["eu@x.test"]}),
    ("GET", "/directory/company/history", None),
    ("POST", "/imports/people?dry_run=true", None),
]
DESK_ONLY: list[tuple[str, str, Any]] = [
    ("POST", "/tags", {"name": "Um"}),
    ("POST", "/projects", {"name": "Um", "workspace_id": "loja"}),
    ("POST", "/people", {"name": "Eu", "addresses": ["eu@x.test"]}),
    ("POST", "/saved-replies", {"title": "a", "text": "a"}),
]
TEAM_ONLY = ("/company", "/people", "/people/ana", "/tags", "/projects", "/workspaces", "/team-table", "/saved-replies")


async def test_settings_are_for_administrators(desk: Desk) -> None:
    for method, path, body in ADMINS_ONLY:
        refused = await send(desk, method, path, body, AS_BIA)
        assert (path, refused.status_code) == (path, 403)


async def test_what_the_desk_sorts_by_is_not_for_producers(desk: Desk) -> None:
    for method, path, body in DESK_ONLY:
        refused = await send(desk, method, path, body, PRODUCER)
        assert (path, refused.status_code) == (path, 403)


async def test_everybody_changes_their_own_name_and_language_and_nothing_else_of_themselves(desk: Desk) -> None:
    """P1: of producers too; the others of the team are for administrators."""
    before = await desk.get("/me", PRODUCER)
    version = before.headers["etag"]

    after = await patched(desk, "/me", {"name": "Davi Novo", "locale": "en"}, PRODUCER, if_match=version)

    assert (after.status_code, after.json()["name"], after.json()["locale"]) == (200, "Davi Novo", "en")
    late = await patched(desk, "/me", {"name": "Davi Outro"}, PRODUCER, if_match=version)
    assert (late.status_code, late.json()["type"]) == (409, "urn:balcao:problem:stale")
    back = await patched(desk, "/me", {"locale": None}, PRODUCER)
    assert (back.json()["locale"], back.json()["name"]) == (None, "Davi Novo")
    for body in ({"roles": ["admin"]}, {"addresses": ["davi@outra.test"]}, {"name": ""}):
        assert (body, (await patched(desk, "/me", body, PRODUCER)).status_code) == (body, 422)
    assert (await patched(desk, "/people/bia", {"name": "Outra"}, PRODUCER)).status_code == 403


async def test_to_a_guest_the_directory_does_not_exist(desk: Desk) -> None:
    for method, path, body in ADMINS_ONLY + DESK_ONLY:
        refused = await send(desk, method, path, body, GUEST)
        assert (path, refused.status_code) == (path, 404)
    for path in TEAM_ONLY:
        assert (path, (await desk.get(path, GUEST)).status_code) == (path, 404)


async def test_another_company_sees_and_changes_nothing_of_ours(desk: Desk) -> None:
    tag = await added(desk, "/tags", {"name": "Nosso"})
    assert (await patched(desk, f"/tags/{tag['id']}", {"name": "Deles"}, EVE)).status_code == 404
    assert (await desk.get("/tags", EVE)).json()["items"] == []
    assert (await patched(desk, "/people/bia", {"name": "Deles"}, EVE)).status_code == 404
    assert (await patched(desk, "/workspaces/loja", {"name": "Deles"}, EVE)).status_code == 404
    assert (await desk.get("/directory/bia/history", EVE)).json()["items"] == []
    assert (await send(desk, "PUT", "/team-table/loja", {"service": None}, EVE)).status_code == 422


async def test_a_misspelt_setting_is_refused_rather_than_ignored(desk: Desk) -> None:
    wrong: list[Any] = [
        {"nme": "x"},
        {"policies": {"undo_second": 3}},
        {"policies": {"due_by_status": {"todo": 1}}},
        {"working_time": {"open": "09:00"}},
        {"working_time": {"state": "ZZ"}},
        {"time_zone": "America/Nowhere"},
        {"policies": {"undo_seconds": 500}},
    ]
    for body in wrong:
        assert (body, (await patched(desk, "/company", body)).status_code) == (body, 422)
    assert (await desk.get("/company", AS_ANA)).json()["version"] == 1
