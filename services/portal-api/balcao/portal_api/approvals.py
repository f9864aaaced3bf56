"""Approvals by the link in a mail: signed, for one question to one person, without signing in.

Looking decides nothing, since mail programs open links by themselves. Whether it is still asked, `tickets` says.
"""

from typing import Any

from fastapi.responses import Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain.conditions import ApprovalLinkBroken
from balcao.portal_api.domain.files_of import find_file
from balcao.portal_api.downloads import Downloads
from balcao.shared.errors import NotFound
from balcao.shared.ids import derived_id
from balcao.shared.tokens import Acting, ApprovalLink, read_approval


class Approvals:
    """What the page behind such a link can do."""

    def __init__(self, upstreams: Upstreams, downloads: Downloads, secret: str) -> None:
        self._upstreams = upstreams
        self._downloads = downloads
        self._secret = secret

    async def look(self, token: str, company_id: str) -> dict[str, Any]:
        """What is to be approved. Raises `ApprovalLinkBroken`, and as `tickets` does for what is not asked any more."""
        link = self._link(token, company_id)
        answer = await self._upstreams.tickets.get(_path(link), _acting(link), channel="mail")
        return answer.json()

    async def answer(self, token: str, company_id: str, verdict: str, comment: str) -> dict[str, Any]:
        """Approve, or ask for changes; the same answer sent twice counts once. Raises as `look` does."""
        link = self._link(token, company_id)
        body = {"verdict": verdict, "comment": comment, "channel": "mail"}
        once = derived_id(link.approval_id, verdict, comment)
        return (await self._upstreams.tickets.post(_path(link), _acting(link), body, once=once)).json()

    async def file(self, token: str, company_id: str, file_id: str) -> Response:
        """A file that is to be approved. Raises `NotFound` for any other, and as `look` does."""
        ref = find_file(await self.look(token, company_id), file_id)
        if ref is None:
            raise NotFound("no such file")
        return await self._downloads.hand_out(_acting(self._link(token, company_id)), ref)

    def _link(self, token: str, company_id: str) -> ApprovalLink:
        link = read_approval(token, self._secret)
        if link is None or link.company_id != company_id:
            raise ApprovalLinkBroken("copy the whole link from the mail")
        return link


def _path(link: ApprovalLink) -> str:
    return f"/v1/approvals/{link.ticket_id}/{link.approval_id}"


def _acting(link: ApprovalLink) -> Acting:
    """The person the link was sent to, with no role whatever their account has."""
    return Acting(company_id=link.company_id, person_id=link.person_id, name="", address="")
