"""The page of a form about a task that is to be made: what one chooses from, and what was typed if it was refused."""

import asyncio
from typing import Any

from fastapi import Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition
from balcao.shared.ids import new_id


class TaskFormPage:
    """Shows such forms."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store) -> None:
        self._shell = shell
        self._upstreams = upstreams
        self._store = store

    async def show(
        self,
        place: Place,
        template: str,
        typed: TaskForm | None = None,
        error: Condition | None = None,
        **besides: Any,
    ) -> Response:
        """The form, empty or as it was typed, with why it was refused. Raises when a service does not answer."""
        types, tags, projects, team, around = await asyncio.gather(
            self._upstreams.workflow.get("/v1/task-types", place.acting),
            self._upstreams.workflow.get("/v1/tags", place.acting),
            self._upstreams.tickets.get("/v1/projects", place.acting),
            self._store.team(place.company.id),
            beside(self._upstreams, place.acting),
        )
        return self._shell.page(
            place,
            template,
            status=status_for(error) if error else 200,
            types=types.json()["items"],
            tags=[one for one in tags.json()["items"] if not one.get("archived")],
            projects=projects.json().get("items") or [],
            team=team,
            typed=typed,
            refused=refusal(self._shell.words(place), error) if error else None,
            once=new_id(),
            **besides,
            **around,
        )
