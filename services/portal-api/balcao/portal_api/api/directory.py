"""The company's settings, what tickets are sorted by, and importing, from the directory that `tickets` keeps."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi import Body as Content
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Language = Literal["pt-BR", "en"]
Band = Literal["none", "low", "medium", "high", "urgent"]
Archived = Annotated[bool, Query(description="Also those that were archived.")]
_MOST_CSV_BYTES = 1_000_000


class BandWords(Body):
    """How a band of priorities is called, and what it means in impact (O9)."""

    label: str = Field(min_length=1, max_length=60)
    impact: str = Field(default="", max_length=200)


class DueByStatus(Body):
    """When a ticket is due without anybody having promised a date (W16)."""

    todo_days: int | None = Field(default=1, ge=0, le=60)
    in_progress_days: int | None = Field(default=1, ge=0, le=60)
    agreed_date: bool = True
    visit_date: bool = True


class Policies(Body):
    """How the desk behaves; each that is left out is as by default."""

    resolution_required: Literal["none", "note", "mail"] = "none"
    feedback_days: int | None = Field(default=None, ge=0, le=365)
    undo_seconds: int = Field(default=15, ge=0, le=120)
    unknown_sender: Literal["register", "hold", "reject"] = "register"
    no_answer_days: int = Field(default=5, ge=1, le=365)
    close_if_no_answer: bool = False
    remind_days_before: int | None = Field(default=1, ge=0, le=30)
    due_by_status: DueByStatus = DueByStatus()
    priority_words: dict[Language, dict[Band, BandWords]] = Field(default_factory=dict)
    status_words: dict[Language, dict[str, str]] = Field(default_factory=dict)
    stage_words: dict[Language, dict[str, str]] = Field(default_factory=dict)


class OwnHoliday(Body):
    """A day the company does not work, or with `works` one it does although the calendar says otherwise."""

    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    name: str = Field(min_length=1, max_length=100)
    yearly: bool = False
    works: bool = False


class WorkingTime(Body):
    """When the company works, by its own clock."""

    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        default=["mon", "tue", "wed", "thu", "fri"], min_length=1, max_length=7
    )
    opens: Hour = "09:00"
    closes: Hour = "18:00"
    country: str | None = Field(default="BR", max_length=3)
    state: str | None = Field(default=None, max_length=60)
    optional_holidays: bool = False
    own: list[OwnHoliday] = Field(default=[], max_length=200)


class Settings(Body):
    """Settings to change; what is left out stays. Policies and working time are replaced whole."""

    name: ShortText | None = None
    addresses: list[Annotated[str, Field(max_length=320)]] | None = Field(default=None, max_length=50)
    locale: Language | None = None
    time_zone: str | None = Field(default=None, max_length=60)
    policies: Policies | None = None
    working_time: WorkingTime | None = None
    colour: str | None = Field(
        default=None,
        pattern=r"^#[0-9a-fA-F]{6}$",
        description="Of letters and pages; null for ours. 422 for one that can't be seen on white, with the nearest "
        "that can.",
    )


class TeamRow(Body):
    """Who serves and who plans: ids of people of the team, null for nobody (H7)."""

    service: str | None = Field(default=None, max_length=100)
    planning: str | None = Field(default=None, max_length=100)


class NewWorkspace(Body):
    """A client or brand."""

    name: ShortText
    number: int | None = Field(default=None, ge=1, le=2**31)


class NewProject(Body):
    """A project of a workspace (W11)."""

    workspace_id: str = Field(max_length=100)
    name: ShortText


class Renaming(Body):
    """A new name, or archived or not."""

    name: ShortText | None = None
    archived: bool | None = None


class NewTag(Body):
    """A tag, with a colour such as #c0392b if wanted (O14)."""

    name: str = Field(min_length=1, max_length=60)
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")


class Tag(Body):
    """What to change of a tag; a colour of null takes it away."""

    name: str | None = Field(default=None, min_length=1, max_length=60)
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    archived: bool | None = None


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about the company."""
    router = APIRouter(responses=PROBLEMS)
    _settings(router, roles, upstreams)
    _workspaces(router, roles, upstreams)
    _sorting(router, roles, upstreams)
    _imports(router, roles, upstreams)
    return router


def _settings(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    admin = Annotated[Acting, Depends(roles.admin)]
    tickets = upstreams.tickets

    @router.get("/company", response_class=Response)
    async def show_company(acting: team) -> Response:
        """The company with its settings, the words of its priorities, and its workspaces."""
        return passed_on(await tickets.get("/v1/company", acting))

    @router.patch("/company", response_class=Response)
    async def configure_company(body: Settings, acting: admin, if_match: IfMatch = None, once: Once = None) -> Response:
        """Change settings. 409 when an address belongs to somebody."""
        return passed_on(await tickets.patch("/v1/company", acting, given(body), if_match=if_match, once=once))

    @router.get("/company/holidays", response_class=Response)
    async def list_holidays(acting: team, year: Annotated[int, Query(ge=1970, le=2200)]) -> Response:
        """The days of a year that the company does not work, weekends aside: `{items: [{day, name}]}`."""
        return passed_on(await tickets.get("/v1/company/holidays", acting, year=year))

    @router.get("/team-table", response_class=Response)
    async def show_team_table(acting: team) -> Response:
        """Who serves and who plans, for the company and for workspaces with a row of their own (H7)."""
        return passed_on(await tickets.get("/v1/team-table", acting))

    @router.put("/team-table/{workspace_id}", response_class=Response)
    async def put_team_row(
        workspace_id: Id, body: TeamRow, acting: admin, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Name who serves and who plans for a workspace, or with `company` in its place for all others (H7)."""
        row = body.model_dump(mode="json")
        return passed_on(await tickets.put(f"/v1/team-table/{workspace_id}", acting, row, if_match=if_match, once=once))

    @router.get("/directory/{thing_id}/history", response_class=Response)
    async def show_history(thing_id: Id, acting: admin) -> Response:
        """Who changed which fields of a thing of the directory when; `company` and `company-row` stand for those."""
        return passed_on(await tickets.get(f"/v1/directory/{thing_id}/history", acting))


def _workspaces(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    admin = Annotated[Acting, Depends(roles.admin)]
    tickets = upstreams.tickets

    @router.get("/workspaces", response_class=Response)
    async def list_workspaces(acting: team, archived: Archived = False) -> Response:
        """Workspaces by number."""
        return passed_on(await tickets.get("/v1/workspaces", acting, archived=archived))

    @router.post("/workspaces", status_code=201, response_class=Response)
    async def add_workspace(body: NewWorkspace, acting: admin, once: Once = None) -> Response:
        """Add a workspace, with the next number if none is given. 409 when name or number are taken."""
        return passed_on(await tickets.post("/v1/workspaces", acting, given(body), once=once))

    @router.patch("/workspaces/{workspace_id}", response_class=Response)
    async def edit_workspace(
        workspace_id: Id, body: Renaming, acting: admin, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Rename, archive or restore a workspace. Archived, it takes no new tickets."""
        return passed_on(
            await tickets.patch(f"/v1/workspaces/{workspace_id}", acting, given(body), if_match=if_match, once=once)
        )


def _sorting(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    desk = Annotated[Acting, Depends(roles.desk)]
    tickets = upstreams.tickets

    @router.get("/projects", response_class=Response)
    async def list_projects(
        acting: team, workspace_id: Annotated[str | None, Query(max_length=100)] = None, archived: Archived = False
    ) -> Response:
        """Projects by name, of one workspace or of all."""
        return passed_on(await tickets.get("/v1/projects", acting, workspace_id=workspace_id, archived=archived))

    @router.post("/projects", status_code=201, response_class=Response)
    async def add_project(body: NewProject, acting: desk, once: Once = None) -> Response:
        """Add a project to a workspace."""
        return passed_on(await tickets.post("/v1/projects", acting, given(body), once=once))

    @router.patch("/projects/{project_id}", response_class=Response)
    async def edit_project(
        project_id: Id, body: Renaming, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Rename, archive or restore a project."""
        return passed_on(
            await tickets.patch(f"/v1/projects/{project_id}", acting, given(body), if_match=if_match, once=once)
        )

    @router.get("/tags", response_class=Response)
    async def list_tags(acting: team, archived: Archived = False) -> Response:
        """Tags by name, with their colours (O14)."""
        return passed_on(await tickets.get("/v1/tags", acting, archived=archived))

    @router.post("/tags", status_code=201, response_class=Response)
    async def add_tag(body: NewTag, acting: desk, once: Once = None) -> Response:
        """Add a tag. 409 when there is one of that name, with its id."""
        return passed_on(await tickets.post("/v1/tags", acting, given(body), once=once))

    @router.patch("/tags/{tag_id}", response_class=Response)
    async def edit_tag(tag_id: Id, body: Tag, acting: desk, if_match: IfMatch = None, once: Once = None) -> Response:
        """Rename, colour, archive or restore a tag: it shows so wherever it is."""
        return passed_on(await tickets.patch(f"/v1/tags/{tag_id}", acting, given(body), if_match=if_match, once=once))


def _imports(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    admin = Annotated[Acting, Depends(roles.admin)]

    @router.post("/imports/{kind}", response_class=Response)
    async def import_table(
        kind: Literal["people", "workspaces"],
        content: Annotated[bytes, Content(media_type="text/csv", max_length=_MOST_CSV_BYTES)],
        acting: admin,
        dry_run: Annotated[bool, Query(description="Only say what would be done.")] = False,
        once: Once = None,
    ) -> Response:
        """Bring a CSV of people or workspaces in, as the request's body: UTF-8 or Windows-1252, its first line naming
        the columns, at most 5,000 rows and 1 MB. Answers how many were created, changed and left alone, and each
        refused row with line, column and reason. Bringing the same file in again changes nothing."""
        return passed_on(
            await upstreams.tickets.upload(
                f"/v1/imports/{kind}", acting, content, "text/csv", once=once, dry_run=dry_run
            )
        )


def given(body: Body) -> dict[str, Any]:
    """The fields that were given, ready for JSON; what was left out stays as it is."""
    return body.model_dump(mode="json", exclude_unset=True)
