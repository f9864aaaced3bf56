"""What the directory said last: companies, their team and their projects. The newest version wins, however it comes."""

from collections.abc import Mapping

from pymongo.errors import DuplicateKeyError

from balcao.shared.events import CompanyProfile, PersonProfile, ProjectProfile
from balcao.shared.mongo import Database, Document
from balcao.workflow.domain.commenting import is_member
from balcao.workflow.domain.editing import Project
from balcao.workflow.store import COMPANIES, PEOPLE, PROJECTS

_MOST_PEOPLE = 2_000
_MOST_PROJECTS = 10_000


class Learned:
    """The directory as far as tasks need it; every query names a company."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn_company(self, company: CompanyProfile) -> None:
        """Keep a company's settings unless newer ones are known."""
        await self._learn(COMPANIES, company.id, company.id, company.model_dump())

    async def learn_person(self, company_id: str, person: PersonProfile) -> None:
        """Keep a member of the team, and that somebody left it, unless something newer is known. Of guests nothing is
        kept: they come with each mail of somebody new."""
        on_team = is_member(person)
        if on_team or person.version > 1:
            await self._learn(PEOPLE, person.id, company_id, {**person.model_dump(), "on_team": on_team})

    async def learn_project(self, company_id: str, project: ProjectProfile) -> None:
        """Keep a project unless a newer one is known."""
        await self._learn(PROJECTS, project.id, company_id, project.model_dump())

    async def company(self, company_id: str) -> CompanyProfile | None:
        """The company's settings; none while nothing was heard of it."""
        found = await self._database[COMPANIES].find_one({"_id": company_id})
        return CompanyProfile.model_validate({**found, "id": company_id}) if found is not None else None

    async def team(self, company_id: str) -> Mapping[str, PersonProfile]:
        """The team, by id."""
        found = await self._database[PEOPLE].find({"company_id": company_id, "on_team": True}).to_list(_MOST_PEOPLE)
        return {one["_id"]: PersonProfile.model_validate({**one, "id": one["_id"]}) for one in found}

    async def projects(self, company_id: str) -> Mapping[str, Project]:
        """The company's projects by id, archived ones too."""
        found = await self._database[PROJECTS].find({"company_id": company_id}).to_list(_MOST_PROJECTS)
        return {one["_id"]: Project.model_validate({**one, "id": one["_id"]}) for one in found}

    async def _learn(self, collection: str, id_: str, company_id: str, profile: Document) -> None:
        values = {**profile, "company_id": company_id}
        values.pop("id")
        older = {"_id": id_, "company_id": company_id, "version": {"$lt": profile["version"]}}
        for _ in range(2):
            try:
                await self._database[collection].update_one(older, {"$set": values}, upsert=True)
            except DuplicateKeyError:
                continue  # it is there and not older; or made just now, maybe from an older fact: look again
            return
