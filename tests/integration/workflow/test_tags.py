"""Production learns the company's tags from what the directory says, however often and in whatever order (O14)."""

from typing import Any

import pytest

from balcao.shared.events import AnyEnvelope, TagConfigured, TagProfile
from tests.integration.workflow.running import (
    COMPANY,
    GUEST,
    OTHER_COMPANY,
    OUTSIDER,
    Workflow,
    World,
    eventually,
    said_by_tickets,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


def tag(id_: str, name: str, version: int = 1, company_id: str = COMPANY, archived: bool = False) -> AnyEnvelope:
    """A tag as the directory says it."""
    return said_by_tickets(
        TagConfigured(tag=TagProfile(id=id_, name=name, version=version, archived=archived)), company_id
    )


async def names(workflow: Workflow) -> list[str]:
    return [one["name"] for one in (await workflow.get("/tags")).json()["items"]]


async def test_the_newest_of_a_tag_counts_whatever_comes_late_or_twice(workflow: Workflow, outside: World) -> None:
    """O14. Fails when an older version replaces a newer one."""
    said = [tag("t1", "Fiscal", 2), tag("t1", "Fisc", 1), tag("t1", "Fiscal", 2), tag("t1", "Antiga", 1)]
    for event in (*said, tag("t2", "Urgente")):
        await outside.bus.publish(event)

    async def has_both() -> bool:
        return await names(workflow) == ["Fiscal", "Urgente"]

    await eventually(has_both)
    await outside.bus.publish(tag("t1", "Fiscal", 3, archived=True))

    async def is_archived() -> bool:
        return [one["archived"] for one in (await workflow.get("/tags")).json()["items"]] == [True, False]

    await eventually(is_archived)


async def test_tags_are_the_companys_own_and_not_for_guests(workflow: Workflow, outside: World) -> None:
    """O14."""
    await outside.bus.publish(tag("t1", "Nossa"))
    await outside.bus.publish(tag("t9", "Deles", company_id=OTHER_COMPANY))

    async def is_there() -> bool:
        theirs = (await workflow.get("/tags", OUTSIDER)).json()["items"]
        return await names(workflow) == ["Nossa"] and [one["name"] for one in theirs] == ["Deles"]

    await eventually(is_there)
    assert (await workflow.get("/tags", GUEST)).status_code == 404


async def told(workflow: Workflow, outside: World) -> None:
    """Production knows three tags, of which one is archived."""
    for event in (tag("t1", "Fiscal"), tag("t2", "Urgente"), tag("t3", "Antiga", archived=True)):
        await outside.bus.publish(event)

    async def knows() -> bool:
        return await names(workflow) == ["Antiga", "Fiscal", "Urgente"]

    await eventually(knows)


async def test_a_task_begins_with_the_tags_of_its_request_and_can_be_retagged(
    workflow: Workflow, outside: World
) -> None:
    """O14. Fails when the tags of the request are lost, or the change is not told."""
    await told(workflow, outside)
    await outside.ask_for_task(workflow, tags=("t1", "t3"))
    task = await workflow.task(1)
    assert [(one["id"], one["name"]) for one in task["tags"]] == [("t1", "Fiscal"), ("t3", "Antiga")]
    body = {"add": ["t2", "t1"], "remove": ["t3"]}
    answers = [await workflow.post("/tasks/1/tags", body, once="k") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200], answers[0].text
    after = await workflow.task(1)
    assert [one["id"] for one in after["tags"]] == ["t1", "t2"]
    assert [one["id"] for one in (await workflow.tasks())[0]["tags"]] == ["t1", "t2"]
    said = [one["data"] for one in after["timeline"] if one["type"] == "task.tagged.v1"]
    assert [([t["name"] for t in one["added"]], [t["name"] for t in one["removed"]]) for one in said] == [
        (["Urgente"], ["Antiga"])
    ]
    assert (await workflow.post("/tasks/1/tags", body, if_match='"1"')).status_code == 409


@pytest.mark.parametrize("body", [{"add": ["t3"]}, {"add": ["t9"]}, {"add": ["t1"], "remove": ["t1"]}])
async def test_a_tag_that_is_not_offered_is_refused(
    workflow: Workflow, outside: World, body: dict[str, list[str]]
) -> None:
    """O14"""
    await told(workflow, outside)
    await outside.ask_for_task(workflow)
    refused = await workflow.post("/tasks/1/tags", body)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:balcao:problem:unknown-tag")
    assert (await workflow.post("/tasks/1/tags", {"add": ["t1"]}, GUEST)).status_code == 404
    assert (await workflow.task(1))["version"] == 1


async def test_the_list_is_filtered_by_tag_page_by_page(workflow: Workflow, outside: World) -> None:
    """O14. Fails when a filter leaves out a task, or lets one of another company through."""
    await told(workflow, outside)
    for n in range(7):
        await outside.ask_for_task(workflow, title=f"t{n}", tags=("t1", "t2") if n % 2 else ("t2",))
    await outside.ask_for_task(workflow, company_id=OTHER_COMPANY, tags=("t1",))
    found: list[str] = []
    after: Any = None
    while True:
        following = {"after": after} if after is not None else {}
        page = (await workflow.get("/tasks", tag="t1", limit=2, **following)).json()
        found += [one["title"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["t1", "t3", "t5"]
    await workflow.post("/tasks/2/assign", {"person_id": "bia"})
    mine = (await workflow.get("/tasks", tag="t1", executor="me")).json()["items"]
    assert [one["title"] for one in mine] == ["t1"]
    assert (await workflow.get("/tasks", tag="t3")).json()["items"] == []
