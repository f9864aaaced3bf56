"""The list of tickets without a browser: what its address asks for, what its forms keep, and for whom it is there."""

import re

import pytest

from balcao.shared.events import TagConfigured, TagProfile
from tests.integration.portal_api.behind import VIEW
from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway, eventually, said

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = "/agencia/desk/tickets"
PARTS = (
    LIST,
    f"{LIST}/_list",
    f"{LIST}/_rows?numbers=7",
    f"{LIST}/_counts",
    "/agencia/desk/search?q=cartaz",
    "/agencia/desk/_found?q=cartaz",
    "/agencia/desk/views",
    "/agencia/desk/_rail",
)


async def test_the_list_the_search_and_the_views_are_there_for_the_team_and_nobody_else(gateway: Gateway) -> None:
    ana, paulo = await gateway.browser(ANA), await gateway.browser(PAULO)
    gina, eva = await gateway.browser(GINA), await gateway.browser(EVA, "outra")

    for path in PARTS:
        assert (await ana.get(path)).status_code == (await paulo.get(path)).status_code == 200, path
        assert (await gina.get(path)).status_code == (await eva.get(path)).status_code == 404, path


async def test_every_filter_of_the_address_is_asked_for_and_shown_as_a_chip_that_can_be_taken_away(
    gateway: Gateway,
) -> None:
    """H9, O14: the address is the whole state."""
    ana = await gateway.browser(ANA)
    given = "status=any&kind=fix,question&band=urgent&analyst=ana&executor=me&workspace=none&promised_until=2026-03-31"

    page = (await ana.get(f"{LIST}?{given}&stage=production&work=overdue&highlighted=true&order=promised")).text

    asked = gateway.behind.of("/tickets")[-1].query
    assert asked | {"limit": ""} == {
        **dict(one.split("=") for one in given.split("&")),
        "stage": "production",
        "work": "overdue",
        "highlighted": "true",
        "order": "promised",
        "limit": "",
        "counted": "stage",
    }
    chips = re.findall(r'<span class="clip" title="([^"]*)">([^<]*) <b>', page)
    assert chips == [
        ("Todas", "Situação"),
        ("Correção", "Tipo"),
        ("Dúvida", "Tipo"),
        ("Urgente", "Prioridade"),
        ("Ana Prado", "Analista"),
        ("Eu", "Executor atual"),
        ("Nenhum", "Workspace"),
        ("ter 31 mar", "Previsto até"),
        ("Atrasados", "Prazo"),
        ("só os não lidos", "Não lido"),
    ]
    without = re.search(r'<a href="([^"]*)" aria-label="Remover filtro Tipo: Correção"', page)
    assert without is not None
    assert "kind=question&" in without[1]
    assert "band=urgent" in without[1]


async def test_a_filter_of_very_many_values_has_one_chip_that_takes_all_of_them_away(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    page = (await ana.get(f"{LIST}?tag={','.join(f't{n}' for n in range(12))}&kind=fix")).text
    assert re.findall(r'<a href="([^"]*)" aria-label="Remover filtro Tag: ', page) == ["?kind=fix"]


async def test_priorities_are_called_what_the_company_calls_them_and_say_what_they_mean(gateway: Gateway) -> None:
    """O9: in rows, chips, the filter, the search and today's work."""
    ana = await gateway.browser(ANA)
    own = {"label": "Pegando <fogo>", "impact": "Cliente parado"}
    gateway.behind.company = {"policies": {"undo_seconds": 15}, "priority_words": {"pt-BR": {"high": own}}}
    gateway.behind.ticket["priority"] = 60

    page = (await ana.get(f"{LIST}?band=high,urgent")).text

    meant = "Pegando &lt;fogo&gt;: Cliente parado"
    assert f'<span class="pri p-high" title="{meant}">' in page
    assert f'title="{meant}">Prioridade <b>Pegando &lt;fogo&gt;</b>' in page
    assert re.search(r'value="high" checked>.*?Pegando &lt;fogo&gt; <span class="muted small">Cliente parado', page)
    assert "Prioridade <b>Urgente</b>" in page
    for path in ("/agencia/desk/today", "/agencia/desk/tickets/7"):
        assert f'<span class="pri p-high" title="{meant}">' in (await ana.get(path)).text, path


async def test_a_form_leads_to_a_plain_address(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    answer = await ana.get(f"{LIST}?status=open&status=waiting&analyst=&asked_by=")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?status=open,waiting")


async def test_stages_have_their_numbers_and_they_come_with_the_list(gateway: Gateway) -> None:
    """H9"""
    ana = await gateway.browser(ANA)
    page = (await ana.get(f"{LIST}?stage=production")).text
    assert gateway.behind.of("/tickets")[-1].query["counted"] == "stage"
    assert gateway.behind.of("/tickets/count") == []
    assert 'Produção<span data-count="production">2</span>' in page
    assert '<span class="muted small num" id="total">2</span>' in page
    assert (await ana.get(f"{LIST}/_counts?stage=triage")).json() == {
        "stages": {"triage": "1", "production": "2", "all": "3"},
        "total": "1",
    }
    assert "stage" not in gateway.behind.of("/tickets/count")[-1].query

    gateway.behind.refusals["/tickets/count"] = (500, {})
    assert (await ana.get(f"{LIST}/_counts")).json() == {"stages": {"all": None}, "total": ""}


async def test_a_filter_that_makes_no_sense_is_said_and_the_way_out_shown(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    gateway.behind.refusals["/tickets"] = (422, {"type": "urn:balcao:problem:bad-filter", "detail": "x"})

    answer = await ana.get(f"{LIST}?band=huge")

    assert answer.status_code == 422
    assert "Este endereço pede um filtro que não existe" in answer.text
    assert "Limpar filtros" in answer.text


async def test_a_saved_view_is_a_list_of_its_own_and_what_stands_beside_it_replaces_it(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    page = (await ana.get(f"{LIST}?view=v1&band=low")).text
    asked = gateway.behind.of("/tickets")[-1].query
    assert (asked["status"], asked["band"], asked["order"]) == ("open", "low", "updated")
    assert "view" not in asked
    assert "<h1>Urgentes &lt;do site&gt;</h1>" in page
    assert "Salvar alterações" in page

    await ana.submit(
        f"{LIST}?view=v1&band=low", "/agencia/desk/views/v1/filters", state="?view=v1&band=low", version="2"
    )
    saved = gateway.behind.last()
    assert (saved.method, saved.path, saved.headers["if-match"]) == ("PUT", "/views/v1", '"2"')
    assert saved.body["filter"] == {"status": ["open"], "band": ["low"]}

    gone = await ana.get(f"{LIST}?view=gone&band=low")
    assert gone.status_code == 200
    assert "Esta visão salva não existe mais" in gone.text


async def test_a_list_is_kept_under_a_name_and_nothing_typed_is_lost(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    state = "?band=urgent&analyst=me"
    answer = await ana.submit(f"{LIST}{state}", "/agencia/desk/views", state=state, name=" Minhas ", shared="true")
    assert answer.headers["location"] == f"{LIST}?view=v1"
    body = gateway.behind.last().body
    assert (body["name"], body["shared"], body["order"], body["place"]) == ("Minhas", True, "rank", 20)
    assert body["filter"] == {"status": ["draft", "open", "waiting"], "band": ["urgent"], "analyst": ["me"]}

    nameless = await ana.submit(f"{LIST}{state}", "/agencia/desk/views", state=state, name=" ")
    assert nameless.status_code == 422
    assert 'name="state" value="?band=urgent&amp;analyst=me"' in nameless.text


async def test_a_search_is_kept_as_a_view_with_its_words_and_changed_there(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved views: words are as much a part of one as filters."""
    ana, search = await gateway.browser(ANA), "/agencia/desk/search"
    page = (await ana.get(f"{search}?q=cartaz+A3&kind=fix")).text
    state = "?kind=fix&status=any&q=cartaz%20A3"
    assert f'name="state" value="{state.replace("&", "&amp;")}"' in page
    assert f'href="{search}?&amp;q=cartaz%20A3" aria-label="Remover filtro Tipo: Correção"' in page
    await ana.submit(f"{search}?q=cartaz", "/agencia/desk/views", state=state, name="Cartazes")
    body = gateway.behind.last().body
    assert (body["name"], body["text"], body["filter"]) == ("Cartazes", "cartaz A3", {"kind": ["fix"]})

    monkeypatch.setitem(VIEW, "text", "cartaz A3")
    led = await ana.get(f"{LIST}?view=v1")
    assert led.headers["location"] == f"{search}?view=v1"
    as_saved = (await ana.get(f"{search}?view=v1")).text
    assert "<h1>Urgentes &lt;do site&gt;</h1>" in as_saved
    assert "Salvar alterações" not in as_saved
    assert gateway.behind.of("/tickets/search")[-1].query["q"] == "cartaz A3"
    changed = f"{search}?view=v1&q=faixa"
    assert "Salvar alterações" in (await ana.get(changed)).text
    await ana.submit(changed, "/agencia/desk/views/v1/filters", state="?view=v1&q=faixa", version="2")
    assert gateway.behind.last().body["text"] == "faixa"
    assert gateway.behind.last().body["filter"] == VIEW["filter"]


async def test_views_are_renamed_moved_and_deleted_with_their_version(gateway: Gateway) -> None:
    ana, views = await gateway.browser(ANA), "/agencia/desk/views"
    await ana.submit(views, f"{views}/v1", name="Outro nome", shared="true", version="2")
    renamed = gateway.behind.last()
    assert (renamed.headers["if-match"], renamed.body["name"], renamed.body["shared"]) == ('"2"', "Outro nome", True)
    assert renamed.body["filter"] == VIEW["filter"]

    await ana.submit(views, f"{views}/v1/delete", version="2")
    assert (gateway.behind.last().method, gateway.behind.last().headers["if-match"]) == ("DELETE", '"2"')

    gateway.behind.refusals["/views/v1"] = (409, {"type": "urn:balcao:problem:stale", "detail": "changed"})
    refused = await ana.submit(views, f"{views}/v1/delete", version="1")
    assert refused.status_code == 409
    assert "Urgentes &lt;do site&gt;" in refused.text


async def test_changed_rows_come_by_themselves_and_say_why_they_left(gateway: Gateway) -> None:
    """Live: a row that no longer matches stays, with its reason."""
    ana = await gateway.browser(ANA)
    gateway.behind.left = ["stage", "status"]

    part = (await ana.get(f"{LIST}/_rows?numbers=7&others=&stage=triage")).text

    assert gateway.behind.of("/tickets/rows")[-1].query == {"stage": "triage", "numbers": "7"}
    assert '<hx-partial hx-target="#t7" hx-swap="outerMorph"><tr id="t7"' in re.sub(r">\s+<", "><", part)
    assert "Saiu desta visão: Produção, Em atendimento" in part
    assert "data-numbers" not in part


async def test_a_ticket_that_is_new_in_the_list_is_announced_and_not_shown_yet(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    part = (await ana.get(f"{LIST}/_rows?numbers=&others=7&analyst=me")).text
    assert '<span data-numbers="7">1 novo</span>' in part
    assert "<tr" not in part

    gateway.behind.left = ["analyst"]
    assert "data-numbers" not in (await ana.get(f"{LIST}/_rows?others=7&analyst=me")).text
    assert (await ana.get(f"{LIST}/_rows?numbers=x;y")).status_code == 200


async def test_the_search_marks_what_it_found_and_a_number_leads_to_its_ticket(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    for path in ("/agencia/desk/search?q=cartaz", "/agencia/desk/_found?q=cartaz"):
        page = (await ana.get(path)).text
        assert "<mark>Cartaz</mark>" in page
        asked = gateway.behind.of("/tickets/search")[-1].query
        assert (asked["q"], asked["status"]) == ("cartaz", "any")
    assert (await ana.get("/agencia/desk/search?q=%237")).headers["location"] == "/agencia/desk/tickets/7"
    assert "O que você procura?" in (await ana.get("/agencia/desk/search")).text


async def test_the_rail_counts_up_to_500_and_says_what_is_overdue(gateway: Gateway) -> None:
    """W17"""
    counts = (await (await gateway.browser(ANA)).get("/agencia/desk/_rail")).json()
    assert counts["mine"] == {"count": 600, "shown": "500+", "words": ""}
    assert counts["late"] == {"count": 2, "shown": "2", "words": "2 atrasados"}
    assert "held" in counts
    assert "held" not in (await (await gateway.browser(PAULO)).get("/agencia/desk/_rail")).json()


async def test_rows_are_as_dense_as_the_browser_remembers(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    answer = await ana.submit(LIST, f"{LIST}/density", density="dense", query="?analyst=me")
    assert answer.headers["location"] == f"{LIST}?analyst=me"
    assert '<table class="list dense">' in (await ana.get(LIST)).text


async def test_what_the_company_calls_things_is_remembered_until_somebody_changes_it(gateway: Gateway) -> None:
    """O14: the directory is not asked for with every page, and a tag just made is known to the next one."""
    gateway.behind.company = {"policies": {"domain_guests": True}}
    ana = await gateway.browser(ANA)
    await ana.get(LIST)
    asked = len(gateway.behind.of("/tags"))
    await ana.get(LIST)
    assert len(gateway.behind.of("/tags")) == asked

    async def asks_anew() -> bool:
        tag = TagProfile(id="novo", version=1, name="Novo", colour=None)
        await gateway.bus.whisper(said(TagConfigured(tag=tag), "agencia"))
        await ana.get(LIST)
        return len(gateway.behind.of("/tags")) > asked

    await eventually(asks_anew)
