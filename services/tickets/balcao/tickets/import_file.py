"""`python -m balcao.tickets import people FILE`: brings a CSV in and prints what became of its rows."""

import asyncio
import sys
from pathlib import Path

from balcao.shared.clock import now
from balcao.shared.errors import Condition
from balcao.shared.ids import new_id
from balcao.shared.timeline import Cause
from balcao.tickets.configure import connected
from balcao.tickets.domain.importing import Kind, read_people, read_workspaces
from balcao.tickets.importing import Importing, Report
from balcao.tickets.settings import Settings
from balcao.tickets.store.directory import Directory


class NoSuchCompany(Condition):
    """There is no such company."""


async def import_file(kind: Kind, content: bytes, slug: str | None, settings: Settings, *, dry_run: bool) -> Report:
    """Bring a table in. Raises `UnreadableTable` and `NoSuchCompany`."""
    people, workspaces = None, None
    if kind == "people":
        people = read_people(content)
    else:
        workspaces = read_workspaces(content)
    async with connected(settings) as service:
        directory = Directory(service.mongo.db, service.committer)
        company = await directory.companies.named(slug)
        if company is None:
            raise NoSuchCompany(f"no company is called {slug!r}" if slug else "name the company with --company")
        cause_id = new_id()
        cause = Cause(cause_id, cause_id, now())
        importing = Importing(directory)
        if people is not None:
            return await importing.people(company.id, people, cause, dry_run=dry_run)
        assert workspaces is not None
        return await importing.workspaces(company.id, workspaces, cause, dry_run=dry_run)


def run(kind: Kind, path: Path, slug: str | None, settings: Settings, *, dry_run: bool) -> None:
    """Do it and print the report; exit code 1 when rows were refused, 2 when nothing could be read."""
    try:
        table = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        report = asyncio.run(import_file(kind, table, slug, settings, dry_run=dry_run))
    except (OSError, Condition) as error:
        sys.stderr.write(f"{path}: {error}\n")
        raise SystemExit(2) from None
    for refusal in report.refused:
        sys.stdout.write(f"{path}:{refusal.line}: {refusal.column or 'row'}: {refusal.why}\n")
    would = "would be " if report.dry_run else ""
    sys.stdout.write(
        f"{would}created {report.created}, {would}changed {report.changed}, unchanged {report.unchanged}, "
        f"refused {len(report.refused)}\n"
    )
    if report.refused:
        raise SystemExit(1)
