"""Production learns the company's tags from what the directory says, however often and in whatever order (O14)."""

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
