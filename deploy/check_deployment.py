"""Checks what no schema knows: manifests are valid Kubernetes; compose, images, queues and locks name what exists."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from balcao.local.services import SERVICES
from balcao.shared.settings import ServiceSettings
from balcao.shared.topology import QUEUES

DEPLOY = Path(__file__).resolve().parent
COMPOSE = DEPLOY.parent / "docker-compose.yml"
# Types that clusters learn from add-ons: their schemas are not Kubernetes' own.
ADDED_KINDS = {"ScaledObject", "TriggerAuthentication", "Kustomization"}
# Given by the image itself.
FROM_IMAGE = {"BALCAO_HTTP_PORT"}
# What comes now and then: no pile of it grows.
UNSCALED = {
    "tickets.link_named_task",
    "tickets.note_returned_mail",
    "tickets.draw_agenda",
    "tickets.name_deciders",
    "workflow.follow_approval",
    "notifier.take_bounce",
}


def manifests() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every Kubernetes object, with the file that it is in."""
    for path in sorted((DEPLOY / "k8s").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document is not None:
                yield path, document


def invalid_manifests() -> Iterator[str]:
    """Objects that Kubernetes would refuse."""
    for path, document in manifests():
        if document["kind"] in ADDED_KINDS:
            continue
        try:
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{path.name}: {document['kind']} {document['metadata']['name']}: {error.message}"


def wrong_resources() -> Iterator[str]:
    """Files that the kustomization forgets or invents; the example secret must not be in it."""
    kustomization = yaml.safe_load((DEPLOY / "k8s" / "kustomization.yaml").read_text())
    present = {path.name for path in (DEPLOY / "k8s").glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
    for name in present ^ set(kustomization["resources"]):
        yield f"kustomization.yaml: {name} is only in the list or only a file"


def wrong_scaling() -> Iterator[str]:
    """Queues or deployments that scaling names and that don't exist, and services' busy queues that it forgets."""
    queues, scaled = {queue.name for queue in QUEUES}, set[str]()
    for path, document in manifests():
        if document["kind"] != "ScaledObject":
            continue
        target = document["spec"]["scaleTargetRef"]["name"]
        if target not in SERVICES:
            yield f"{path.name}: there is no service {target}"
        for trigger in document["spec"]["triggers"]:
            name = trigger["metadata"]["queueName"]
            scaled.add(name)
            if name not in queues or not name.startswith(f"{target}."):
                yield f"{path.name}: {target} has no queue {name}"
    for name in sorted(queues - scaled - UNSCALED):
        if ".learn_" not in name:
            yield f"k8s: nothing scales with {name}"


def settings_of(service: str) -> type[ServiceSettings]:
    """The class of a service's settings, the most specific one that its module names."""
    module = import_module(f"balcao.{service.replace('-', '_')}.settings")
    classes = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, ServiceSettings)]
    return max(classes, key=lambda one: len(one.__mro__))


def variables(service: str, *, required: bool = False) -> set[str]:
    """Names of the environment variables that a service reads, or of those that it can't do without."""
    fields = settings_of(service).model_fields.items()
    return {f"BALCAO_{name.upper()}" for name, field in fields if field.is_required() or not required}


def wrong_settings() -> Iterator[str]:
    """Settings that a service lacks, or is given and doesn't know, in containers and in the cluster."""
    compose = yaml.safe_load(COMPOSE.read_text())["services"]
    for service in SERVICES:
        given = set(compose.get(service, {}).get("environment", {}))
        yield from (f"docker-compose.yml: {service} {what}" for what in _amiss(service, given, given))
    for_all, for_one = _in_cluster()
    for service in SERVICES:
        own = for_one.get(service, set())
        yield from (f"k8s: {service} {what}" for what in _amiss(service, for_all | own, own))
    for name in sorted(for_all - {name for service in SERVICES for name in variables(service)}):
        yield f"k8s: no service knows {name}"


def _amiss(service: str, given: set[str], own: set[str]) -> Iterator[str]:
    for name in sorted(variables(service, required=True) - FROM_IMAGE - given):
        yield f"lacks {name}"
    for name in sorted(name for name in own if name.startswith("BALCAO_") and name not in variables(service)):
        yield f"doesn't know {name}"


def _in_cluster() -> tuple[set[str], dict[str, set[str]]]:
    """Settings that all services get, and those of one, by its name."""
    for_all, for_one = set[str](), dict[str, set[str]]()
    for _, document in manifests():
        if document["kind"] in {"ConfigMap", "Secret"}:
            names = {**document.get("data", {}), **document.get("stringData", {})}
            for_all |= {name for name in names if name.startswith("BALCAO_")}
        elif document["kind"] == "Deployment":
            (container,) = document["spec"]["template"]["spec"]["containers"]
            for_one[document["metadata"]["name"]] = {one["name"] for one in container.get("env", ())}
    return for_all, for_one


def wrong_images() -> Iterator[str]:
    """Images that float, services built with another name's argument, mounted files that don't exist."""
    for name, service in yaml.safe_load(COMPOSE.read_text())["services"].items():
        build = service.get("build")
        if build is not None and build["args"]["SERVICE"] != name:
            yield f"docker-compose.yml: {name} is built as {build['args']['SERVICE']}"
        if build is None and not re.search(r":v?\d", service["image"]):
            yield f"docker-compose.yml: {service['image']} names no version"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and not (COMPOSE.parent / source).exists():
                yield f"docker-compose.yml: {name} mounts {source}, which is not there"


def broken_dashboards() -> Iterator[str]:
    """Dashboards that are not JSON."""
    for path in sorted(DEPLOY.rglob("*.json")):
        try:
            json.loads(path.read_text())
        except ValueError as error:
            yield f"{path.name}: {error}"


def stale_locks() -> Iterator[str]:
    """Versions that a member or the tools ask for and that the locks don't hold: somebody forgot `make lock`."""
    root = COMPOSE.parent
    members = {"shared": SERVICES, "deploy/local": (), ".": (), **{f"services/{name}": (name,) for name in SERVICES}}
    for member, services in members.items():
        project = tomllib.loads((root / member / "pyproject.toml").read_text())
        wanted = project.get("project", {}).get("dependencies", []) + project.get("dependency-groups", {}).get(
            "dev", []
        )
        for lock in ("dev", *services):
            held = (root / "locks" / f"{lock}.txt").read_text()
            for requirement in wanted:
                name, _, version = requirement.partition(";")[0].partition("==")
                pinned = f"{canonical(name)}=={version}"
                if not name.startswith("balcao-") and not re.search(rf"^{re.escape(pinned)}(?= )", held, re.MULTILINE):
                    yield f"locks/{lock}.txt: {pinned}, wanted by {member}, is not there; run make lock"


def canonical(name: str) -> str:
    """A distribution's name as locks write it: no extras, lower case, dashes."""
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).strip().lower()


def main() -> int:
    """Print every problem; exit code 1 when there is one."""
    checks = (
        invalid_manifests,
        wrong_resources,
        wrong_scaling,
        wrong_settings,
        wrong_images,
        broken_dashboards,
        stale_locks,
    )
    problems = [problem for check in checks for problem in check()]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
