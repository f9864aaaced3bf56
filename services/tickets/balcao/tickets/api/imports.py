"""Routes of importing: a CSV as the body of the request, a report as the answer."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Query

from balcao.shared.mongo import Document
from balcao.tickets.api.roles import AdminCommand
from balcao.tickets.domain.importing import Kind, read_people, read_workspaces
from balcao.tickets.importing import Importing

router = APIRouter(prefix="/v1/imports", tags=["directory"])


@router.post("/{kind}")
async def import_table(
    kind: Kind,
    content: Annotated[bytes, Body(media_type="text/csv")],
    command: AdminCommand,
    dry_run: Annotated[bool, Query(description="Only say what would be done.")] = False,
) -> Document:
    """Bring a CSV of people or workspaces in: UTF-8 or Windows-1252, parted by semicolons, commas or tabs, its first
    line naming the columns. At most 5,000 rows and 1 MB. Answers what was done, and each refused row with its line,
    column and reason; bringing the same file in again changes nothing."""
    company_id, importing = command.acting.company_id, Importing(command.desk.directory)
    if kind == "people":
        report = await importing.people(company_id, read_people(content), command.cause, dry_run=dry_run)
    else:
        report = await importing.workspaces(company_id, read_workspaces(content), command.cause, dry_run=dry_run)
    return asdict(report)
