"""The search: finds by every form of a word, for each person what they may read, before and after it is indexed."""

import asyncio
from typing import Any

import pytest

from balcao.shared.tokens import Acting
from balcao.tickets.store.indexing import Indexer
from tests.integration.tickets.running import AS_ANA, EVE, Desk, acting, answer_to, eventually
from tests.unit.tickets.builders import a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

DORA = {"name": "Dora Lima", "address": "dora@cliente.test"}
ZECA = {"name": "Zeca Antunes", "address": "zeca@loja.test"}


async def numbers(desk: Desk, q: str, who: Acting = AS_ANA, **query: Any) -> list[int]:
    answer = await desk.get("/tickets/search", who, q=q, **query)
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


async def index(desk: Desk) -> None:
    """Let the index take in everything."""
    await Indexer(desk.service.mongo.db).catch_up()


@pytest.fixture
async def shelf(desk: Desk) -> Desk:
    """Four tickets with their own words, a visible answer and a private note."""
    mails = [
        ("Correção do banner de Natal", "As cores da arte final saíram trocadas.", DORA),
        ("Orçamento de cartazes", "Precisamos de impressões para a loja, como no banner.", ZECA),
        ("Printing of leaflets", "We requested two quotations last week.", DORA),
        ("Dúvida", "Qual o prazo das correções da campanha?", ZECA),
    ]
    for n, (subject, text, sender) in enumerate(mails):
        await desk.opened(
            message_id=f"m{n}", subject=subject, text=text, sender=sender, internet_message_id=f"<{n}@x.test>"
        )
    await desk.post("/tickets/1/comments", {"text": "cliente difícil, margem apertada"})
    await desk.desk.take_message(
        answer_to(await desk.ticket(2), text="Agora com adesivos também", quote_at=None, sender=ZECA)
    )
    return desk


QUESTIONS: dict[str, list[int]] = {
    "correcao": [1, 4],
    "CORREÇÕES": [1, 4],
    "impressão": [2],
    "request quotation": [3],
    "printed": [3],
    "banner": [1, 2],
    "camp": [4],
    "orca*": [2],
    '"arte final"': [1],
    '"final arte"': [],
    "#3": [3],
    "3": [3],
    "#3 banner": [3, 1, 2],
    "zeca": [4, 2],
    "loja.test": [4, 2],
    "adesivo": [2],
    "difícil": [1],
    "banner adesivo": [2],
    "nadadisso": [],
}


@pytest.mark.parametrize("indexed", [False, True], ids=["not indexed yet", "indexed"])
async def test_words_are_found_in_any_of_their_forms(shelf: Desk, indexed: bool, subtests: pytest.Subtests) -> None:
    """Accents, case, plurals and verbs of both languages, beginnings, phrases, numbers and people; titles first."""
    if indexed:
        await index(shelf)
        assert await shelf.count("finding_marks") == 0
    for question, expected in QUESTIONS.items():
        with subtests.test(question):
            assert await numbers(shelf, question) == expected


async def test_a_hit_shows_the_place_with_the_words_marked(shelf: Desk) -> None:
    [hit] = (await shelf.get("/tickets/search", q="cor")).json()["items"][:1]
    assert hit["number"] == 1
    assert hit["found_in"] == "requested"
    assert [piece["text"] for piece in hit["snippet"] if piece["hit"]] == ["cores"]
    assert "".join(piece["text"] for piece in hit["snippet"]) == "As cores da arte final saíram trocadas."


async def test_the_filters_of_lists_narrow_a_search(shelf: Desk) -> None:
    await shelf.post("/tickets/1/resolve", {"method": "answered"})
    await index(shelf)
    assert await numbers(shelf, "banner") == [2]
    assert await numbers(shelf, "banner", status="resolved") == [1]
    assert await numbers(shelf, "banner", status="any", order="newest") == [1, 2]
    assert await numbers(shelf, "banner", status="any", highlighted=True) == [2]


@pytest.mark.parametrize("indexed", [False, True], ids=["not indexed yet", "indexed"])
async def test_a_guest_finds_their_own_tickets_by_what_they_may_read_and_nothing_else(
    shelf: Desk, indexed: bool
) -> None:
    """W7, P2, P5: no note, plan or colleague's name leads a requester anywhere, nor to somebody else's ticket."""
    await shelf.post("/tickets/1/action-plan", {"text": "sigilo absoluto"})
    if indexed:
        await index(shelf)
    requester = (await shelf.ticket(1))["requester"]
    dora = acting(a_requester(), person_id=requester["person_id"], address=DORA["address"])
    assert await numbers(shelf, "banner", dora) == [1]
    assert await numbers(shelf, "correções", dora) == [1]
    assert await numbers(shelf, "#1", dora) == [1]
    for word in ("difícil", "sigilo", "Ana", "zeca", "adesivo", "#2", "#4"):
        assert await numbers(shelf, word, dora) == [], word
        assert await numbers(shelf, word, dora, status="any") == [], word
    answer = await shelf.get("/tickets/search", dora, q="banner", status="any")
    assert "difícil" not in answer.text
    assert "priority" not in answer.json()["items"][0]
    stranger = acting(a_requester(), person_id="stranger", address="ze@longe.test")
    for word in ("banner", "difícil", "#1"):
        assert await numbers(shelf, word, stranger) == []
        assert await numbers(shelf, word, EVE) == []


async def test_pages_put_together_are_the_whole_result_titles_first(desk: Desk) -> None:
    for n in range(23):
        subject, text = ("Faixa nova", "x") if n % 4 == 0 else ("Pedido", f"uma faixa {n}")
        await desk.opened(
            message_id=f"m{n}", subject=subject, text=text, sender=DORA, internet_message_id=f"<{n}@x.test>"
        )
        if n == 15:
            await index(desk)
    walked: list[int] = []
    after: dict[str, Any] = {}
    while True:
        page = (await desk.get("/tickets/search", AS_ANA, q="faixas", limit=5, **after)).json()
        walked += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    titled = [n for n in range(23, 0, -1) if (n - 1) % 4 == 0]
    assert walked == titled + [n for n in range(23, 0, -1) if n not in titled]


async def test_a_question_without_words_is_refused(desk: Desk) -> None:
    for question in ('""', "?!", "*"):
        answer = await desk.get("/tickets/search", q=question)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:balcao:problem:nothing-to-search-for")


async def test_what_is_committed_comes_into_the_index_by_itself_and_survives_a_rebuild(shelf: Desk) -> None:
    """Two replicas and a rebuild at once make no set wrong and lose nothing."""
    other, third = Indexer(shelf.service.mongo.db), Indexer(shelf.service.mongo.db)
    await other.start()
    await asyncio.gather(third.rebuild("agencia"), shelf.post("/tickets/4/stage", {"stage": "planning"}))
    await third.stop()

    async def is_known() -> bool:
        return await shelf.count("finding_marks") == 0

    await eventually(is_known, within_s=60)
    await other.stop()
    assert await numbers(shelf, "correções") == [1, 4]
    planning = (await shelf.get("/tickets", stage="planning")).json()["items"]
    assert [one["number"] for one in planning] == [4]
