"""Who may not know of a task learns nothing of it."""

import pytest

from balcao.shared.tokens import Acting, sign_acting
from tests.integration.workflow.running import (
    BIA,
    GUEST,
    OUTSIDER,
    SECRET,
    Workflow,
    World,
)

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ON_A_TASK = [
    ("GET", "/v1/tasks/1", None),
    ("POST", "/v1/tasks/1/phase", {"phase": "doing"}),
    ("POST", "/v1/tasks/1/complete", {"handover": "x"}),
    ("POST", "/v1/tasks/1/cancel", {"reason": "x"}),
    ("POST", "/v1/tasks/1/reopen", None),
    ("POST", "/v1/tasks/1/assign", {"person_id": "eva", "name": "Eva"}),
]
OF_A_COMPANY = [("GET", "/v1/tasks", None), ("GET", "/v1/task-types", None)]


async def test_another_companys_agent_finds_no_task(
    workflow: Workflow, outside: World, subtests: pytest.Subtests
) -> None:
    await outside.ask_for_task(workflow)
    unknown = (await workflow.get("/tasks/1", OUTSIDER)).json()
    for method, path, body in ON_A_TASK:
        with subtests.test(path, method=method):
            answer = await workflow.call(method, path, json=body, headers=_bearer(OUTSIDER))
            assert (answer.status_code, answer.json()) == (404, unknown)
    assert (await workflow.task(1))["version"] == 1


async def test_a_guest_finds_nothing_here(workflow: Workflow, outside: World, subtests: pytest.Subtests) -> None:
    await outside.ask_for_task(workflow, executor=GUEST.party())
    for method, path, body in [*ON_A_TASK, *OF_A_COMPANY]:
        with subtests.test(path, method=method):
            answer = await workflow.call(method, path, json=body, headers=_bearer(GUEST))
            assert (answer.status_code, "banner" in answer.text) == (404, False)
    assert (await workflow.task(1))["version"] == 1


async def test_another_companys_agent_sees_an_empty_list_and_types_of_their_own(
    workflow: Workflow, outside: World
) -> None:
    task = await outside.ask_for_task(workflow, executor=OUTSIDER.party())
    assert await workflow.tasks(OUTSIDER) == []
    assert (await workflow.get("/tasks", OUTSIDER, executor="me")).json()["items"] == []
    types = (await workflow.get("/task-types", OUTSIDER)).json()["items"]
    assert task["type_id"] not in {one["id"] for one in types}


async def test_without_a_token_that_holds_nobody_gets_in(workflow: Workflow, subtests: pytest.Subtests) -> None:
    tokens = {
        "none": {},
        "for another service": _bearer(BIA, audience="tickets"),
        "forged": _bearer(BIA, secret=SECRET[::-1]),
        "not a token": {"Authorization": "Bearer x"},
    }
    for name, headers in tokens.items():
        for method, path, body in [*ON_A_TASK, *OF_A_COMPANY]:
            with subtests.test(path, method=method, token=name):
                answer = await workflow.call(method, path, json=body, headers=headers)
                assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def _bearer(acting: Acting, secret: str = SECRET, audience: str = "workflow") -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_acting(acting, secret, audience)}"}
