"""What an operator sees of the running services: one trace through all of them, health, metrics, logs."""

import json
import secrets

import httpx
import pytest

from balcao.local.demo import mails
from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Workday
from balcao.local.services import SERVICES
from balcao.local.stack import Stack
from tests.e2e.collector import CONSUMER, SERVER, Collector, Seen

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_one_trace_joins_smtp_bus_and_database_from_the_mail_to_the_acknowledgement(
    doors: Doors, company: DemoCompany, collector: Collector
) -> None:
    """SMTP in at intake → its database → bus → tickets → its database → bus → notifier → SMTP out."""
    before = set(collector.traces())
    day = Workday(doors, company, Story())
    mail = mails.question(company.client, company, f"Um rastro ({secrets.token_hex(4)})")
    with day.story.step("open") as step:
        await day.open_by_mail(step, mail, company.client, company.client.workspace)

    async def look() -> list[Seen]:
        new = {trace_id: spans for trace_id, spans in collector.traces().items() if trace_id not in before}
        full = [spans for spans in new.values() if {"intake", "tickets", "notifier"} <= {one.service for one in spans}]
        if not full:
            raise NotYet(str({trace_id: sorted({s.service for s in spans}) for trace_id, spans in new.items()}))
        spans = full[0]
        if not _has(spans, "notifier.smtp_send") or not _servers(spans) or _orphans(spans):
            raise NotYet(_outline(spans))
        return spans

    spans = await eventually("one trace from intake to notifier", look, within_s=60)
    assert _servers(spans) == ["intake"], "the SMTP conversation, once"
    assert {one.name for one in spans if one.kind == CONSUMER} >= {"tickets.take_message", "notifier.tell"}
    for service in ("intake", "tickets", "notifier"):
        assert any(one.is_database for one in spans if one.service == service), _outline(spans)


async def test_one_trace_joins_http_bus_database_and_smtp_from_the_click_to_the_notice(
    doors: Doors, company: DemoCompany, collector: Collector
) -> None:
    """Gateway → workflow → bus → tickets → bus → notifier → SMTP out, below the browser's own trace (H4)."""
    day = Workday(doors, company, Story())
    mail = mails.question(company.client, company, f"Outro rastro ({secrets.token_hex(4)})")
    with day.story.step("open") as step:
        case, _ = await day.open_by_mail(step, mail, company.client, company.client.workspace)
        task = await day.ask_for_task(case, "Com rastro")
    producer = await day.signed_in(company.producer)
    trace_id, parent = secrets.token_hex(16), secrets.token_hex(8)

    answer = await producer.request(
        "POST", f"/api/v1/tasks/{task}/complete", json={}, headers={"traceparent": f"00-{trace_id}-{parent}-01"}
    )

    assert answer.status_code == 200, answer.text
    wanted = {"portal-api", "workflow", "tickets", "notifier"}

    async def look() -> list[Seen]:
        spans = collector.trace(trace_id)
        if not wanted <= {one.service for one in spans} or not _has(spans, "notifier.smtp_send"):
            raise NotYet(_outline(spans))
        # The outer steps end last, and may come in a later batch; then everything hangs below something.
        if len(_servers(spans)) < 2 or _orphans(spans, root=parent):
            raise NotYet(_outline(spans))
        return spans

    spans = await eventually(f"spans of {sorted(wanted)}", look, within_s=60)
    assert sorted(_servers(spans)) == ["portal-api", "workflow"], "each request once"
    assert any(one.name == "POST /v1/tasks/{number}/complete" for one in spans), _outline(spans)
    assert {one.name for one in spans if one.kind == CONSUMER} >= {"tickets.follow_task", "notifier.tell"}
    for service in wanted:
        assert any(one.is_database for one in spans if one.service == service), _outline(spans)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_tells_its_health_and_its_metrics(stack: Stack, service: str) -> None:
    """Live, ready, and what Prometheus needs, without any sign-in."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stack.ports[service]}", timeout=10) as http:
        live, ready, metrics = [await http.get(path) for path in ("/health/live", "/health/ready", "/metrics")]

    assert (live.status_code, ready.status_code, ready.json()) == (200, 200, {"missing": {}})
    assert metrics.status_code == 200
    for name in ("balcao_handler_seconds", "balcao_http_seconds", "balcao_queue_depth", "balcao_outbox_lag_seconds"):
        assert f"# TYPE {name}" in metrics.text


async def test_queue_depths_and_mails_by_outcome_are_counted(stack: Stack, doors: Doors, company: DemoCompany) -> None:
    """What the dashboards show moves with the work."""
    before = await _metric(stack, "intake", "balcao_mails_total")
    day = Workday(doors, company, Story())
    mail = mails.question(company.client, company, f"Contado ({secrets.token_hex(4)})")
    with day.story.step("open") as step:
        await day.open_by_mail(step, mail, company.client, company.client.workspace)

    assert await _metric(stack, "intake", "balcao_mails_total") == before + 1
    assert await _metric(stack, "tickets", 'balcao_handler_seconds_count{outcome="done",queue="tickets.take_message"}')


async def test_logs_are_json_with_no_address_and_no_words_of_a_mail(
    stack: Stack, doors: Doors, company: DemoCompany
) -> None:
    """Never bodies, addresses or tokens."""
    words = f"Palavras que ninguém mais escreve {secrets.token_hex(4)}"
    day = Workday(doors, company, Story())
    with day.story.step("open") as step:
        mail = mails.question(company.client, company, words)
        case, _ = await day.open_by_mail(step, mail, company.client, company.client.workspace)
        await case.agent.command(case.number, "comments", {"text": words, "visible": True})

    for service in SERVICES:
        for line in stack.log(service).read_text(encoding="utf-8").splitlines():
            assert json.loads(line)["service"] == service
            assert "Palavras" not in line
            assert company.client.address not in line
            assert "@agencia-farol" not in line, "nor of another company of ours"


async def _metric(stack: Stack, service: str, name: str) -> float:
    """The sum of all samples whose line begins with `name`."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stack.ports[service]}", timeout=10) as http:
        text = (await http.get("/metrics")).text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def _servers(spans: list[Seen]) -> list[str]:
    """The services that answered somebody in this trace."""
    return [one.service for one in spans if one.kind == SERVER]


def _has(spans: list[Seen], name: str) -> bool:
    return any(one.name == name for one in spans)


def _orphans(spans: list[Seen], root: str = "") -> list[Seen]:
    """Spans that hang below none of the trace, the first (below nothing, or below `root`) aside."""
    known = {one.span_id for one in spans}
    return [one for one in spans if one.parent_id not in known and one.parent_id != root]


def _outline(spans: list[Seen]) -> str:
    return ", ".join(sorted(f"{one.service}: {one.name}" for one in spans))
