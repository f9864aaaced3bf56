"""Files: kept by upload, handed out only with a ticket that shows them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from balcao.portal_api.api.passing import PROBLEMS
from balcao.portal_api.downloads import Downloads
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Upload, Uploads
from balcao.shared.tokens import Acting


def routes(roles: Roles, uploads: Uploads, downloads: Downloads) -> APIRouter:
    """Routes about files."""
    router = APIRouter(responses=PROBLEMS)
    anyone = Annotated[Acting, Depends(roles.anyone)]

    @router.post("/files", status_code=201)
    async def upload(
        request: Request, acting: anyone, name: Annotated[str, Query(min_length=1, max_length=300)]
    ) -> Upload:
        """Keep a file (the body as it is, at most 25 MiB) and get a receipt to attach it with."""
        media_type = request.headers.get("content-type", "application/octet-stream")
        return await uploads.keep(acting, name, media_type, await request.body())

    @router.get("/files/{file_id:path}", response_class=Response)
    async def download(
        file_id: str, acting: anyone, ticket: Annotated[int, Query(ge=1, description="A ticket that shows the file.")]
    ) -> Response:
        """The bytes of a file that hangs on this ticket, as far as the person sees it: else 404."""
        return await downloads.open(acting, ticket, file_id)

    return router
