"""Changing one's own password, on either side of the counter; and signing out everywhere else."""

from fastapi import APIRouter, Request, Response

from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.passwords import LEAST_CHARACTERS, MOST_CHARACTERS
from balcao.portal_api.problems import status_for
from balcao.portal_api.sign_in import SignIn, WrongPassword
from balcao.shared.errors import Condition, Invalid, TooMany


def routes(shell: Shell, sign_in: SignIn) -> APIRouter:
    """The page and its forms."""
    router = APIRouter()

    @router.get("/{company}/password")
    async def show(request: Request, company: str) -> Response:
        """The form."""
        return _page(shell, await shell.place(request, company))

    @router.post("/{company}/password")
    async def change(request: Request, company: str) -> Response:
        """Set the new password; other sessions end, this one goes on."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        current, new = str(form.get("current", "")), str(form.get("password", ""))
        try:
            ended = await sign_in.change_password(place.visitor.session, current, new)
        except (Invalid, TooMany) as error:
            return _page(shell, place, error)
        return shell.see(f"{_profile(place)}?password=changed&ended={ended}")

    @router.post("/{company}/sign-out-elsewhere")
    async def leave_elsewhere(request: Request, company: str) -> Response:
        """End one's other sessions."""
        place = await shell.place(request, company)
        await shell.gate.form(request, place.visitor)
        ended = await sign_in.end_others(place.visitor.session)
        return shell.see(f"{_profile(place)}?ended={ended}")

    return router


def _profile(place: Place) -> str:
    return place.desk("/profile") if place.acting.is_team else place.my("/profile")


def _page(shell: Shell, place: Place, error: Condition | None = None) -> Response:
    page = shell.page(
        place,
        "password.html",
        status=status_for(error) if error else 200,
        refused=refusal(shell.words(place), error) if error else None,
        wrong=isinstance(error, WrongPassword),
        back=_profile(place),
        least=LEAST_CHARACTERS,
        most=MOST_CHARACTERS,
    )
    if isinstance(error, TooMany) and "retry_after" in error.details:
        page.headers["retry-after"] = str(error.details["retry_after"])
    return page
