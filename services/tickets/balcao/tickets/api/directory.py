"""Routes of the directory: the company and its team."""

from fastapi import APIRouter

from balcao.shared.mongo import Document
from balcao.tickets.api.commands import Member, TheDesk

router = APIRouter(prefix="/v1", tags=["directory"])


@router.get("/company")
async def get_company(desk: TheDesk, acting: Member) -> Document:
    """The company with its workspaces."""
    team = await desk.directory.team(acting.company_id)
    workspaces = sorted(team.workspaces.values(), key=lambda one: one.number)
    return {
        **team.company.model_dump(mode="json"),
        "workspaces": [one.model_dump(mode="json", exclude={"company_id"}) for one in workspaces],
    }


@router.get("/people")
async def list_people(desk: TheDesk, acting: Member) -> Document:
    """The team, by name."""
    team = await desk.directory.team(acting.company_id)
    people = sorted(team.members.values(), key=lambda one: one.name)
    return {"items": [person.profile().model_dump(mode="json") for person in people]}
