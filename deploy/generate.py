"""Writes what follows from the code: golden schemas of the facts, AsyncAPI and OpenAPI of each service, the table of a
ticket's life, the table of who is told what, and the tables in the services' READMEs.

`python deploy/generate.py` writes; `--check` writes nothing and fails when something is not current. A change of a fact
that is more than an added optional field is refused either way: it needs a new version.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import notices
import readmes
import ticket_life

from balcao.shared.events import FACTS, Fact
from balcao.shared.events.schemas import breaks, schema_of, schemas_of
from balcao.shared.service import Service
from balcao.shared.settings import ServiceSettings
from balcao.shared.topology import DELIVERY_LIMIT, EXCHANGE, QUEUES, RETRY_AFTER_S, SAYS, Queue

ROOT = Path(__file__).resolve().parents[1]
EVENTS = ROOT / "shared" / "contracts" / "events"
API = ROOT / "docs" / "api"

Document = dict[str, Any]

# Wiring needs settings; nothing connects to what they name.
SETTINGS: dict[str, Any] = {
    "mongo_url": "mongodb://localhost",
    "amqp_url": "amqp://localhost",
    "http_port": 1,
    "service_secret": "x" * 32,
}
OWN_SETTINGS: dict[str, dict[str, Any]] = {
    "intake": {"smtp_port": 1},
    "tickets": {},
    "workflow": {},
    "notifier": {"relay_host": "localhost", "relay_port": 1},
    "portal-api": {f"{name}_url": "http://localhost" for name in ("tickets", "workflow", "notifier", "intake")},
}
SERVICES = tuple(OWN_SETTINGS)
_SETTINGS_CLASS = {"portal-api": "GatewaySettings"}


def main() -> int:
    """Write or check; the exit code says whether all was or is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something is not current")
    check = parser.parse_args().check
    files = {
        **event_files(),
        **api_files(),
        **readme_files(),
        ROOT / ticket_life.PAGE: ticket_life.page(),
        ROOT / notices.PAGE: notices.page(),
    }
    troubles = [*broken_contracts(), *forgotten_contracts()]
    if check:
        stale = [path for path, text in files.items() if not path.is_file() or path.read_text("utf-8") != text]
        troubles.extend(f"{path.relative_to(ROOT)}: not current; run python deploy/generate.py" for path in stale)
        troubles.extend(f"{path.relative_to(ROOT)}: nothing makes it any more" for path in unknown_files(files))
    for trouble in troubles:
        sys.stderr.write(f"{trouble}\n")
    if troubles or check:
        return 1 if troubles else 0
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in unknown_files(files):
        path.unlink()
    return 0


def event_files() -> dict[Path, str]:
    """The golden schemas."""
    return {EVENTS / f"{name}.json": as_text(schema_of(fact)) for name, fact in FACTS.items()}


def api_files() -> dict[Path, str]:
    """AsyncAPI and OpenAPI of each service."""
    files: dict[Path, str] = {}
    for service in SERVICES:
        files[API / f"asyncapi-{service}.json"] = as_text(asyncapi(service))
        files[API / f"openapi-{service}.json"] = as_text(openapi(service))
    return files


def readme_files() -> dict[Path, str]:
    """The READMEs that hold tables of settings, and of what a service hears and says."""
    path = ROOT / readmes.EVERY_SERVICE
    files = {path: readmes.with_settings(path.read_text("utf-8"))}
    for service in SERVICES:
        path, built = ROOT / readmes.page_of(service), build(service)
        try:
            files[path] = readmes.with_service(path.read_text("utf-8"), built, settings_class(service))
        finally:
            built.mongo.close()
    return files


def broken_contracts() -> Iterator[str]:
    """Facts whose schema is no longer the golden one with optional fields added."""
    for name, fact in FACTS.items():
        path = EVENTS / f"{name}.json"
        if path.is_file():
            for what in breaks(json.loads(path.read_text("utf-8")), schema_of(fact)):
                yield f"{name}: {what}. Within a version only optional fields are added: make it a new version"


def forgotten_contracts() -> Iterator[str]:
    """Golden schemas of facts that are gone: those who wait in a queue could not be read any more."""
    for path in sorted(EVENTS.glob("*.json")):
        if path.stem not in FACTS:
            yield f"{path.relative_to(ROOT)}: the fact is gone; delete the file when no queue can hold one any more"


def unknown_files(files: dict[Path, str]) -> list[Path]:
    """Descriptions of services that are gone."""
    return [path for path in sorted(API.glob("*api-*.json")) if path not in files]


def openapi(service: str) -> Document:
    """The OpenAPI description of a service's HTTP routes."""
    built = build(service)
    try:
        return built.http.openapi()
    finally:
        built.mongo.close()


def build(service: str) -> Service:
    """A service's wiring, not started."""
    wire: Callable[[Any], Service] = importlib.import_module(f"{_package(service)}.app").build
    return wire(settings_class(service)(**SETTINGS, **OWN_SETTINGS[service]))


def settings_class(service: str) -> type[ServiceSettings]:
    """What a service reads its settings into."""
    module = importlib.import_module(f"{_package(service)}.settings")
    found: type[ServiceSettings] = getattr(module, _SETTINGS_CLASS.get(service, "Settings"))
    return found


def _package(service: str) -> str:
    return f"balcao.{service.replace('-', '_')}"


def asyncapi(service: str) -> Document:
    """The AsyncAPI 3 description of what a service says and hears, from the table of the bus and the contracts."""
    says = sorted(SAYS[service], key=lambda fact: fact.type)
    queues = [one for one in QUEUES if one.service == service]
    heard = {fact for one in queues for fact in (*one.hears, *one.on_demand)}
    facts = sorted({*says, *heard}, key=lambda fact: fact.type)
    payloads, definitions = schemas_of(facts, "#/components/schemas/{model}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Balcão {service}",
            "version": "1",
            "description": "What it says and hears on RabbitMQ. Facts are CloudEvents in structured JSON; each may "
            "come more than once, and in any order.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            **{fact.type: _said(fact) for fact in says},
            **{one.name: _heard(one) for one in queues},
        },
        "operations": {
            **{f"say_{fact.type}": _operation("send", fact.type, [fact]) for fact in says},
            **{f"handle_{one.name}": _operation("receive", one.name, [*one.hears, *one.on_demand]) for one in queues},
        },
        "components": {
            "messages": {fact.type: _message(fact, payloads[fact.type]) for fact in facts},
            "schemas": definitions,
        },
    }


def _said(fact: type[Fact]) -> Document:
    exchange = {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {
        "address": fact.type,
        "messages": {fact.type: {"$ref": f"#/components/messages/{fact.type}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _heard(one: Queue) -> Document:
    queue = {"name": one.name, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    facts = (*one.hears, *one.on_demand)
    delays = ", ".join(f"{delay:g}" for delay in RETRY_AFTER_S)
    return {
        "address": one.name,
        "description": f"Quorum queue. What fails is tried again after {delays} seconds, then kept in "
        f"{one.dead_letters}; malformed messages, and those left unanswered {DELIVERY_LIMIT} times, go there at once.",
        "messages": {fact.type: {"$ref": f"#/components/messages/{fact.type}"} for fact in facts},
        "bindings": {"amqp": {"is": "queue", "queue": queue, "bindingVersion": "0.3.0"}},
    }


def _operation(action: str, channel: str, facts: list[type[Fact]]) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{fact.type}"} for fact in facts],
    }


def _message(fact: type[Fact], payload: Document) -> Document:
    return {
        "name": fact.type,
        "title": fact.__name__,
        "summary": " ".join((fact.__doc__ or "").split()),
        "contentType": "application/cloudevents+json",
        "payload": payload,
    }


def as_text(document: Document) -> str:
    """JSON for people and diffs."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.exit(main())
