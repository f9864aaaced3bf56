"""AsyncAPI and OpenAPI of each service: valid, whole, and what the code says today."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from balcao.shared.topology import QUEUES, SAYS

ROOT = Path(__file__).resolve().parents[2]
API = ROOT / "docs" / "api"
SERVICES = sorted(SAYS)


def described(kind: str, service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((API / f"{kind}-{service}.json").read_text("utf-8"))
    return found


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def resolve(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


@pytest.mark.parametrize("service", SERVICES)
def test_asyncapi_is_valid_and_points_only_at_what_is_there(service: str) -> None:
    document = described("asyncapi", service)
    ApplicationSchema.model_validate(document)
    assert document["asyncapi"] == "3.0.0"
    for reference in references(document):
        assert resolve(document, reference), reference


@pytest.mark.parametrize("service", SERVICES)
def test_asyncapi_names_all_a_service_says_and_hears(service: str) -> None:
    operations = described("asyncapi", service)["operations"]
    said = {name.removeprefix("say_") for name in operations if operations[name]["action"] == "send"}
    heard = {name.removeprefix("handle_") for name in operations if operations[name]["action"] == "receive"}
    assert said == {fact.type for fact in SAYS[service]}
    assert heard == {queue.name for queue in QUEUES if queue.service == service}


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_is_valid_and_names_no_route_of_operations(service: str) -> None:
    document = described("openapi", service)
    OpenAPI.model_validate(document)
    for reference in references(document):
        assert resolve(document, reference), reference
    assert not [path for path in document["paths"] if path.startswith(("/health", "/metrics"))]


@pytest.mark.parametrize("service", ["intake", "notifier", "tickets", "workflow"])
def test_every_route_is_versioned_and_explained(service: str) -> None:
    for path, methods in described("openapi", service)["paths"].items():
        assert path.startswith("/v1/")
        for route in methods.values():
            assert route.get("description") or route.get("summary")


def generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "deploy" / "generate.py"), *arguments], capture_output=True, text=True, check=False
    )


def test_all_generated_files_are_current() -> None:
    done = generate(ROOT, "--check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A root with the generator and what it wrote."""
    for folder in ("shared/contracts", "docs/api", "docs/architecture"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for readme in (Path("deploy/README.md"), *(Path("services") / service / "README.md" for service in SERVICES)):
        (tmp_path / readme).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / readme, tmp_path / readme)
    for module in ("generate.py", "notices.py", "readmes.py", "ticket_life.py"):
        shutil.copy(ROOT / "deploy" / module, tmp_path / "deploy")
    return tmp_path


def test_a_file_that_is_not_current_or_not_made_any_more_fails_the_check(copy: Path) -> None:
    (copy / "docs/api/openapi-tickets.json").write_text("{}", "utf-8")
    (copy / "docs/api/asyncapi-tickets.json").unlink()
    (copy / "docs/api/openapi-gone.json").write_text("{}", "utf-8")
    done = generate(copy, "--check")
    assert done.returncode == 1
    assert sorted(line.split(":")[0] for line in done.stderr.splitlines()) == [
        "docs/api/asyncapi-tickets.json",
        "docs/api/openapi-gone.json",
        "docs/api/openapi-tickets.json",
    ]
    assert generate(copy).returncode == 0
    assert generate(copy, "--check").returncode == 0


def test_the_tables_in_readmes_are_what_the_code_says_and_the_rest_stays(copy: Path) -> None:
    readme = copy / "services/workflow/README.md"
    was = readme.read_text("utf-8")
    assert "| `BALCAO_PUBLIC_URL` | none |" in was
    assert re.search(r"^\| `ticket\.task_requested\.v1` \| `workflow\.create_task` \| \w", was, re.MULTILINE)
    assert "| `BALCAO_PREFETCH` | 64 |" in (copy / "deploy/README.md").read_text("utf-8")
    readme.write_text(was.replace("workflow.create_task", "workflow.make_task") + "\nBy hand.\n", "utf-8")
    assert generate(copy, "--check").stderr.startswith("services/workflow/README.md: not current")
    assert generate(copy).returncode == 0
    assert readme.read_text("utf-8") == was + "\nBy hand.\n"


def test_every_handler_says_in_the_tables_what_it_does() -> None:
    for service in SERVICES:
        readme = (ROOT / "services" / service / "README.md").read_text("utf-8")
        rows = re.findall(rf"^\| .* \| `({service}\.\w+)` \| \S.* \|$", readme, re.MULTILINE)
        assert sorted(rows) == sorted(one.name for one in QUEUES if one.service == service)


def test_a_contract_that_would_break_is_not_written_over(copy: Path) -> None:
    """Else the golden file would follow the code, and nobody would be told."""
    golden = copy / "shared/contracts/events/mail.held.v1.json"
    schema = json.loads(golden.read_text("utf-8"))
    schema["$defs"]["MailHeld"]["properties"]["mailbox"] = {"type": "string"}
    golden.write_text(json.dumps(schema), "utf-8")
    for arguments in ((), ("--check",)):
        done = generate(copy, *arguments)
        assert done.returncode == 1
        assert re.search(r"^mail\.held\.v1: data\.mailbox: removed\. Within a version", done.stderr, re.MULTILINE)
    assert "mailbox" in golden.read_text("utf-8")
