"""Companies' logos: taken in from an administrator, and handed out to the company's people."""

from fastapi import Response

from balcao.portal_api.companies import Companies
from balcao.portal_api.domain.logo_image import look_at
from balcao.portal_api.edge import FILE_POLICY
from balcao.shared.errors import NotFound
from balcao.shared.events import CompanyLogo
from balcao.shared.files import Files


class Logos:
    """Keeps logos in the shared file store; `tickets` knows which one is a company's."""

    def __init__(self, files: Files, companies: Companies) -> None:
        self._files = files
        self._companies = companies

    async def keep(self, content: bytes) -> CompanyLogo:
        """Store an image as a logo. Raises what `look_at` raises."""
        found = look_at(content)
        file_id = await self._files.put(content)
        return CompanyLogo(
            file_id=file_id, media_type=found.media_type, size=len(content), width=found.width, height=found.height
        )

    async def open(self, company_id: str, seen: str | None) -> Response:
        """A company's logo; 304 for a browser that has `seen` it (its ETag). Raises `NotFound` where there is none."""
        company = await self._companies.by_id(company_id)
        if company is None or company.logo is None:
            raise NotFound("the company has no logo")
        headers = {
            "content-security-policy": FILE_POLICY,
            "cache-control": "private, max-age=300",
            "etag": f'"{company.logo.file_id}"',
        }
        if seen == headers["etag"]:
            return Response(status_code=304, headers=headers)
        content = await self._files.get(company.logo.file_id)
        return Response(content, media_type=company.logo.media_type, headers=headers)
