"""The page behind an approval's link: what is to be approved, and two buttons. Works without JavaScript."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from balcao.portal_api.approvals import Approvals
from balcao.portal_api.pages.shell import Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition
from balcao.shared.events import CompanyProfile

Token = Annotated[str, Query(max_length=2000)]
_MAY_TRY_AGAIN = "changes-need-words"


def routes(shell: Shell, approvals: Approvals) -> APIRouter:
    """The page, its form and its files."""
    router = APIRouter()

    @router.get("/{company}/approval")
    async def show(request: Request, company: str, token: Token = "") -> Response:
        """What is asked, or why nothing is any more. Changes nothing."""
        found = await shell.company(company)
        try:
            asked = await approvals.look(token, found.id)
        except Condition as error:
            return _page(shell, request, found, token, refused=error)
        return _page(shell, request, found, token, asked=asked)

    @router.get("/{company}/approval/file")
    async def file(company: str, token: Token, file: Annotated[str, Query(max_length=500)]) -> Response:
        """One of the files to look at."""
        found = await shell.company(company)
        return await approvals.file(token, found.id, file)

    @router.post("/{company}/approval")
    async def answer(
        request: Request,
        company: str,
        token: Annotated[str, Form(max_length=2000)] = "",
        verdict: Annotated[str, Form(max_length=20)] = "",
        comment: Annotated[str, Form(max_length=5_000)] = "",
    ) -> Response:
        """Approve, or ask for changes. The token in the form is what allows it: nobody else knows it."""
        found = await shell.company(company)
        try:
            given = await approvals.answer(token, found.id, verdict, comment)
        except Condition as error:
            asked = await _again(approvals, token, found.id) if error.code == _MAY_TRY_AGAIN else None
            return _page(shell, request, found, token, asked=asked, refused=error)
        return _page(shell, request, found, token, given=given)

    return router


async def _again(approvals: Approvals, token: str, company_id: str) -> dict[str, Any] | None:
    try:
        return await approvals.look(token, company_id)
    except Condition:
        return None


def _page(
    shell: Shell,
    request: Request,
    company: CompanyProfile,
    token: str,
    *,
    asked: dict[str, Any] | None = None,
    given: dict[str, Any] | None = None,
    refused: Condition | None = None,
) -> Response:
    page = shell.open_page(
        request,
        company,
        "approval.html",
        status=status_for(refused) if refused else 200,
        token=token,
        asked=asked,
        given=given,
        refused=refusal(shell.language(request, None, company), refused) if refused else None,
    )
    # The address holds the token: it goes into no cache, to no other page, and into no search engine.
    page.headers["cache-control"] = "no-store"
    # Not `no-referrer`: browsers then hide the origin of the page's own forms, and the door refuses them.
    page.headers["referrer-policy"] = "strict-origin"
    page.headers["x-robots-tag"] = "noindex"
    return page
