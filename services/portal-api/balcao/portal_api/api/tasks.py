"""Production tasks, for the whole team. Answers come from `workflow` as they are."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, After, Body, IfMatch, Limit, Number, Once, Receipts, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.portal_api.store import Store
from balcao.portal_api.task_commands import executor_body
from balcao.portal_api.uploads import Uploads
from balcao.shared.tokens import Acting


class DeliveredLink(Body):
    """Something to look at elsewhere, for the client."""

    url: str = Field(min_length=1, max_length=2_000, description="http or https.")
    title: str = Field(default="", max_length=200)


class HandedOver(Body):
    """What the producer hands over with finished work: the ticket's answer is drafted from it (H4)."""

    handover: str = Field(default="", max_length=20_000, description="A sentence for the client.")
    attachments: Receipts
    links: list[DeliveredLink] = Field(default=[], max_length=20)

    def sent(self, uploads: Uploads, acting: Acting) -> dict[str, Any]:
        """The body as `workflow` takes it: files in place of their receipts. Raises as `Uploads.accept` does."""
        files = [file.model_dump() for file in uploads.accept(acting, self.attachments)]
        return {**self.model_dump(exclude={"attachments"}, exclude_unset=True), **({"files": files} if files else {})}


class ToPhase(HandedOver):
    """The phase to move to, by its id or name. External approval counts as finished for the ticket (H4)."""

    phase: str = Field(min_length=1, max_length=80)
    despite_blockers: bool = Field(default=False, description="Although it waits for other tasks.")


class Completion(HandedOver):
    """Production is done."""

    despite_blockers: bool = Field(default=False, description="Although it waits for other tasks.")


class Cancellation(Body):
    """Giving the task up."""

    reason: str = Field(default="", max_length=2_000)


class Tags(Body):
    """Which of the company's tags to put on the task and which to take off, by id (O14)."""

    add: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default=[], max_length=50)
    remove: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default=[], max_length=50)


class Assignment(Body):
    """Who executes the task; none takes it from everybody."""

    person_id: str | None = Field(max_length=100)


def routes(roles: Roles, upstreams: Upstreams, store: Store, uploads: Uploads) -> APIRouter:
    """Routes about tasks."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    filter_ = Annotated[str | None, Query(max_length=200)]

    async def command(
        acting: Acting, path: str, body: dict[str, Any], if_match: str | None, once: str | None
    ) -> Response:
        return passed_on(await upstreams.workflow.post(path, acting, body, if_match=if_match, once=once))

    @router.get("/tasks", response_class=Response)
    async def list_tasks(
        acting: team,
        executor: filter_ = None,
        state: filter_ = None,
        tag: filter_ = None,
        phase_kind: filter_ = None,
        task_type: filter_ = None,
        phase: filter_ = None,
        late: Annotated[bool, Query(description="Only open ones whose date has passed.")] = False,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Tasks: open ones by urgency, then completed, then cancelled ones. `executor` is a person's id, or `me`;
        `tag` a tag's id (O14), `task_type` and `phase` ids too."""
        answer = await upstreams.workflow.get(
            "/v1/tasks",
            acting,
            executor=executor,
            state=state,
            tag=tag,
            phase_kind=phase_kind,
            task_type=task_type,
            phase=phase,
            late=late or None,
            limit=limit,
            after=after,
        )
        return passed_on(answer)

    @router.get("/tasks/{number}", response_class=Response)
    async def show_task(
        number: Number,
        acting: team,
        locale: Annotated[str | None, Query(max_length=20, description="Of the history in words: pt-BR or en.")] = None,
    ) -> Response:
        """A task with its history, each entry as data and as a sentence; its version is the ETag."""
        return passed_on(await upstreams.workflow.get(f"/v1/tasks/{number}", acting, locale=locale))

    @router.post("/tasks/{number}/phase", response_class=Response)
    async def move_to_phase(
        number: Number, body: ToPhase, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Move the task to a phase; its tickets follow by themselves (H4, H5)."""
        return await command(acting, f"/v1/tasks/{number}/phase", body.sent(uploads, acting), if_match, once)

    @router.post("/tasks/{number}/complete", response_class=Response)
    async def complete(
        number: Number, body: Completion, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Complete the task (H4)."""
        return await command(acting, f"/v1/tasks/{number}/complete", body.sent(uploads, acting), if_match, once)

    @router.post("/tasks/{number}/cancel", response_class=Response)
    async def cancel(
        number: Number, body: Cancellation, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Give the task up (H5)."""
        return await command(acting, f"/v1/tasks/{number}/cancel", body.model_dump(), if_match, once)

    @router.post("/tasks/{number}/reopen", response_class=Response)
    async def reopen(number: Number, acting: team, if_match: IfMatch = None, once: Once = None) -> Response:
        """Go on with a completed or cancelled task; its tickets return to production (H5)."""
        return await command(acting, f"/v1/tasks/{number}/reopen", {}, if_match, once)

    @router.post("/tasks/{number}/assign", response_class=Response)
    async def assign(
        number: Number, body: Assignment, acting: team, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Give the task to somebody of the team (H6)."""
        person = await executor_body(store, acting, body.person_id)
        return await command(acting, f"/v1/tasks/{number}/assign", person, if_match, once)

    _add_tags(router, roles, upstreams)
    return router


def _add_tags(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]

    @router.post("/tasks/{number}/tags", response_class=Response)
    async def retag(number: Number, body: Tags, acting: team, if_match: IfMatch = None, once: Once = None) -> Response:
        """Put tags on the task and take tags off (O14)."""
        path, given = f"/v1/tasks/{number}/tags", body.model_dump()
        return passed_on(await upstreams.workflow.post(path, acting, given, if_match=if_match, once=once))
