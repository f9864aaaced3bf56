"""Setting a company up from a file: all of it, once, and without undoing what people changed since."""

import io
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from balcao.tickets.configure import CompanyFile, read_company, write
from tests.integration.tickets.running import AS_ANA, Desk, acting, signed
from tests.unit.tickets.builders import ANA

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

DEMO = Path(str(resources.files("balcao.local") / "company.json"))


async def asked(desk: Desk, company: CompanyFile, path: str, method: str = "GET", body: Any = None) -> Any:
    """As the company's first person."""
    first = company.people[0]
    person = ANA.model_copy(update={"id": company.person_id(first.addresses[0]), "company_id": company.id})
    who = acting(person, roles=tuple(first.roles), name=first.name)
    answer = await desk.call(method, f"/v1{path}", json=body, headers=signed(who))
    assert answer.is_success, answer.text
    return answer.json()


async def test_the_demo_company_comes_whole_and_again_changes_nothing(desk: Desk) -> None:
    """H7, O14, W11, W18."""
    company = read_company(DEMO)
    await write(company, desk.service)
    entries = await desk.count("timeline")
    await write(company, desk.service)
    assert await desk.count("timeline") == entries
    for path, count in (
        ("/tags", len(company.tags)),
        ("/projects", len(company.projects)),
        ("/workspaces", len(company.workspaces)),
        ("/saved-replies", len(company.saved_replies)),
    ):
        assert (path, len((await asked(desk, company, path))["items"])) == (path, count)
    holidays = {one["day"] for one in (await asked(desk, company, "/company/holidays?year=2026"))["items"]}
    assert {"2026-01-25", "2026-02-17", "2026-07-09", "2026-12-24"} <= holidays
    waiting = next(one for one in company.saved_replies if one.tags)
    shown = (await asked(desk, company, "/saved-replies"))["items"]
    assert next(one for one in shown if one["title"] == waiting.title)["sets"]["add_tags"] != []


async def test_what_the_file_leaves_out_stays_as_people_have_set_it(desk: Desk) -> None:
    data = json.loads(DEMO.read_text("utf-8"))
    del data["policies"], data["working_time"]
    company = CompanyFile.model_validate(data)
    await write(company, desk.service)
    policies = {"policies": {"undo_seconds": 42}}
    await asked(desk, company, "/company", "PATCH", policies)
    person = company.person_id(company.people[-1].addresses[0])
    await asked(desk, company, f"/people/{person}", "PATCH", {"cpf": "529.982.247-25", "locale": "en"})
    tag = (await asked(desk, company, "/tags"))["items"][0]
    await asked(desk, company, f"/tags/{tag['id']}", "PATCH", {"colour": "#123456"})
    await write(company, desk.service)
    assert (await asked(desk, company, "/company"))["policies"]["undo_seconds"] == 42
    after = await asked(desk, company, f"/people/{person}")
    assert (after["cpf"], after["locale"]) == ("52998224725", "en")
    assert (await asked(desk, company, "/tags"))["items"][0]["colour"] == "#123456"
    assert (await desk.get("/company", AS_ANA)).json()["slug"] == "agencia"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"saved_replies": [{"title": "a", "text": "{{nada}}"}]}, "nothing is known of {{nada}}"),
        ({"saved_replies": [{"title": "a", "text": "a", "tags": ["nenhuma"]}]}, "no such tags: nenhuma"),
        ({"projects": [{"workspace": 9, "name": "a"}]}, "projects of workspaces"),
        ({"time_zone": "Lua"}, "not a time zone"),
    ],
    ids=["placeholder", "tag", "workspace", "time zone"],
)
def test_a_file_that_does_not_hold_together_says_so(tmp_path: Path, wrong: Any, why: str, capsys: Any) -> None:
    file = tmp_path / "company.json"
    file.write_text(json.dumps({"slug": "nova", "name": "Nova", "addresses": [], **wrong}), "utf-8")
    with pytest.raises(SystemExit) as ended:
        read_company(file)
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In a container no file outside is there."""
    monkeypatch.setattr("sys.stdin", io.StringIO(DEMO.read_text("utf-8")))
    assert read_company(Path("-")) == read_company(DEMO)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(SystemExit, match="2"):
        read_company(Path("-"))
    assert capsys.readouterr().err.startswith("-: ")
