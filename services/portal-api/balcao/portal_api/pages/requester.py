"""The requester's profile as a ticket's page changes it: name and default workspace ("Atualizar perfil", O6)."""

import re
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.landing import context_of
from balcao.portal_api.pages.shell import Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable

_PERSON_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True)
class SentProfile:
    """What became of the form: saved, or refused with what was typed still in it."""

    name: str
    workspace_id: str
    version: str
    """The profile's version that it was decided on."""
    words: str = ""
    """Why it was refused; empty: it was saved."""
    is_stale: bool = False
    """Somebody else changed the profile meanwhile: sent once more, it is decided on what they saved."""


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """One form."""
    router = APIRouter()

    @router.post("/{company}/desk/tickets/{number:int}/profile")
    async def update_profile(request: Request, company: str, number: int) -> Response:
        """Change the profile of the ticket's requester; agents may change guests', administrators anybody's."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        person_id = _text(form, "person_id")
        if not _PERSON_ID.fullmatch(person_id):
            raise NotFound("no such person")
        name, workspace_id, version = (_text(form, one) for one in ("name", "workspace_id", "version"))
        given: dict[str, Any] = {"name": name, "default_workspace_id": workspace_id or None}
        error: Condition | None = None
        try:
            await upstreams.tickets.patch(f"/v1/people/{person_id}", place.acting, given, if_match=version or None)
        except (UpstreamRefused, Invalid, Unavailable) as refused:
            error = refused
        if "hx-request" not in request.headers:
            if error is not None:
                raise error
            return shell.see(place.desk(f"/tickets/{number}"))
        words = refusal(shell.words(place), error) if error is not None else ""
        sent = SentProfile(name, workspace_id, version, words, error is not None and error.code == "stale")
        shown = await context_of(shell, upstreams, place, number)
        if error is not None and not shown["may_edit"]:
            raise error  # without a form to say it in, what was typed stays in the one that is there
        status = status_for(error) if error is not None else 200
        return shell.page(place, "_context_anew.html", status=status, **{**shown, "profile": sent})

    return router


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
