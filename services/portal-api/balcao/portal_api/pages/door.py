"""What the pages before one is in have in common: their form's hidden field, why it was refused, when to come again."""

from typing import Any

from fastapi import Request, Response

from balcao.portal_api.pages.shell import Shell, refusal
from balcao.portal_api.passwords import LEAST_CHARACTERS, MOST_CHARACTERS
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, TooMany
from balcao.shared.events import CompanyProfile


def door_page(
    shell: Shell,
    request: Request,
    company: CompanyProfile,
    template: str,
    *,
    refused: Condition | None = None,
    holds_token: bool = False,
    **context: Any,
) -> Response:
    """A page of this company for somebody who is not signed in. `holds_token`: its address lets somebody in."""
    holder = Response()
    csrf = shell.gate.visit_token(request, holder)
    page = shell.open_page(
        request,
        company,
        template,
        status=status_for(refused) if refused else 200,
        csrf=csrf,
        refused=refusal(shell.language(request, None, company), refused) if refused else None,
        least=LEAST_CHARACTERS,
        most=MOST_CHARACTERS,
        **context,
    )
    page.headers.append("set-cookie", holder.headers["set-cookie"])
    if holds_token:
        # It goes into no cache, and to no other page.
        page.headers["cache-control"] = "no-store"
        # Not `no-referrer`: browsers then hide the origin of the page's own forms, and the door refuses them.
        page.headers["referrer-policy"] = "strict-origin"
    if isinstance(refused, TooMany) and "retry_after" in refused.details:
        page.headers["retry-after"] = str(refused.details["retry_after"])
    return page


def client_of(request: Request) -> str:
    """Where a request comes from, for limits."""
    return request.client.host if request.client else "unknown"
