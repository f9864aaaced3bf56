"""Importing people and workspaces from CSV: every row is done, or its refusal says where and why."""

from typing import Any

import pytest

from balcao.shared.tokens import Acting
from tests.integration.tickets.running import Desk, signed
from tests.integration.tickets.test_directory import ADMIN, CPF, added, people

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

PEOPLE = """Nome;E-mail;CPF;Cliente;Papel;Observação
Dora Lima;dora@cliente.test, dlima@casa.test;529.982.247-25;Loja;;x
"Silva; Rita";rita@cliente.test;;2;;
Caio Novo;caio@agencia.test;;;;
Sem Endereço;;;;;
CPF Errado;cpf@cliente.test;111.111.111-11;;;
Onde;onde@cliente.test;;Nenhures;;
Própria;oi@agencia.test;;;;
De Novo;dora@cliente.test;;;;
Nova Agente;nova@agencia.test;;;atendente;
"""


async def brought_in(desk: Desk, kind: str, text: str | bytes, dry_run: bool = False, who: Acting = ADMIN) -> Any:
    """The report of an import."""
    content = text.encode() if isinstance(text, str) else text
    answer = await desk.call(
        "POST",
        f"/v1/imports/{kind}?dry_run={str(dry_run).lower()}",
        content=content,
        headers=signed(who) | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(report: Any) -> tuple[int, int, int, int]:
    return report["created"], report["changed"], report["unchanged"], len(report["refused"])


async def test_each_row_is_done_or_refused_with_its_line_and_column(desk: Desk) -> None:
    """O6: the workspace becomes the default."""
    report = await brought_in(desk, "people", PEOPLE)
    assert counts(report) == (3, 1, 0, 5)
    where = [(one["line"], one["column"]) for one in report["refused"]]
    assert where == [(5, "E-mail"), (6, "CPF"), (7, "workspace"), (8, "e-mail"), (9, "Nome")]
    assert "dora@cliente.test" in report["refused"][4]["why"]
    assert (report["separator"], report["ignored"]) == (";", ["Observação"])
    found = (await people(desk, "q=dlima@"))["items"][0]
    assert (found["name"], found["default_workspace_id"]) == ("Dora Lima", "loja")
    renamed = await desk.get("/people/caio", ADMIN)
    assert renamed.json()["name"] == "Caio Novo"
    assert renamed.json()["roles"] == ["agent"]


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    await brought_in(desk, "people", PEOPLE)
    before = await desk.count("timeline")
    report = await brought_in(desk, "people", PEOPLE)
    assert counts(report) == (0, 0, 4, 5)
    assert await desk.count("timeline") == before


async def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    before = await desk.count("people")
    dry = await brought_in(desk, "people", PEOPLE, dry_run=True)
    assert (counts(dry), dry["dry_run"], await desk.count("people")) == ((3, 1, 0, 5), True, before)
    wet = await brought_in(desk, "people", PEOPLE)
    assert wet["refused"] == dry["refused"]


async def test_a_row_that_would_mix_two_people_is_refused_by_name(desk: Desk) -> None:
    await added(desk, "/people", {"name": "Dora", "addresses": ["dora@x.test"], "cpf": CPF})
    await added(desk, "/people", {"name": "Eva", "addresses": ["eva@x.test"]})
    report = await brought_in(desk, "people", f"nome,email,cpf\nAs duas,dora@x.test eva@x.test,\nF,f@x.test,{CPF}\n")
    assert counts(report) == (0, 0, 0, 2)
    assert "Dora and Eva" in report["refused"][0]["why"]
    assert "belongs to Dora" in report["refused"][1]["why"]
    report = await brought_in(desk, "people", f"nome,email,cpf\nEva,eva@x.test,{CPF}\n")
    assert "belongs to Dora" in report["refused"][0]["why"]


async def test_workspaces_come_with_their_people_of_the_team_table(desk: Desk) -> None:
    """H7."""
    rows = "nome;número;atendimento;planejamento\nPadaria;;davi@agencia.test;\nBanco S.A.;2;;bia@agencia.test\n"
    report = await brought_in(desk, "workspaces", rows + "Loja;9;ninguem@agencia.test;\n")
    assert counts(report) == (1, 1, 0, 1)
    assert report["refused"][0]["line"] == 4
    found = {one["name"]: one for one in (await desk.get("/workspaces", ADMIN)).json()["items"]}
    assert (found["Padaria"]["number"], found["Banco S.A."]["number"]) == (3, 2)
    table = {one["workspace_id"]: one for one in (await desk.get("/team-table", ADMIN)).json()["items"]}
    assert table[found["Padaria"]["id"]]["service"] == "davi"
    assert table["banco"]["planning"] == "bia"
    assert counts(await brought_in(desk, "workspaces", rows)) == (0, 0, 2, 0)


async def test_what_is_no_table_is_refused_in_words(desk: Desk) -> None:
    for content in (b"\x00\x01", b"sobrenome;cidade\na;b\n", b'nome;email\n"aberto;a@x.test\n', b"\n"):
        answer = await desk.call(
            "POST", "/v1/imports/people", content=content, headers=signed(ADMIN) | {"Content-Type": "text/csv"}
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:balcao:problem:unreadable-table")
        assert await desk.count("people", on_team=False) == 0
