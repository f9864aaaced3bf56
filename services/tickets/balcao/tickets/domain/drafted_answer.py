"""The answer that is drafted from what production handed over: ready for the analyst to check and to send (H4).

It is made anew from the ticket whenever somebody looks, so it is always of the work as it stands, several tasks make
one, and it can't get in the way of what anybody is typing.
"""

from collections.abc import Callable

from balcao.shared.aggregate import Change, Revision
from balcao.shared.catalogues import N_
from balcao.shared.events import FileRef, TaskSnapshot, TicketDeliveryDraftDropped
from balcao.shared.ids import derived_id
from balcao.tickets.domain.conditions import UnknownTask
from balcao.tickets.domain.handing_out import digest, to_hand_out
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.domain.unsent import Kept

Gettext = Callable[[str], str]


def ready(ticket: Ticket) -> tuple[TaskSnapshot, ...]:
    """The tasks whose deliverables wait to be sent, the first one linked first; none out of service."""
    if not ticket.active or ticket.status == "draft":
        return ()
    going_out = {task_id for held in ticket.outgoing for task_id in held.delivers}
    return to_hand_out(ticket.tasks, ticket.handed_out, going_out)


def draft_id(ticket: Ticket) -> str | None:
    """The id of the drafted answer as it is now, which changes with its content; none when nothing is to be sent."""
    tasks = ready(ticket)
    if not tasks:
        return None
    return derived_id("drafted", ticket.id, *(part for task in tasks for part in (task.id, _content(task))))


def drafted(ticket: Ticket, person_id: str, gettext: Gettext) -> Kept | None:
    """The drafted answer in the words of `gettext`, which should be the requester's; none when nothing is ready."""
    tasks, id_ = ready(ticket), draft_id(ticket)
    if id_ is None:
        return None
    return Kept(
        id=id_,
        company_id=ticket.company_id,
        person_id=person_id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        revision=1,
        updated_at=ticket.updated_at,
        text=_text(ticket, tasks, gettext),
        visible=True,
        files=_files(tasks),
        begun_on=ticket.version,
        drafted_from=tuple(task.number for task in tasks),
    )


def delivers(ticket: Ticket, unsent_id: str | None) -> tuple[str, ...]:
    """Ids of the tasks whose deliverables an answer hands over that was made of these unsent words."""
    return tuple(task.id for task in ready(ticket)) if unsent_id is not None and unsent_id == draft_id(ticket) else ()


def drop(ticket: Ticket, unsent_id: str) -> Change[Ticket]:
    """The team does not want this draft. Another one comes with the next delivery. Raises `UnknownTask` for a draft
    that is not there, or not like this any more."""
    tasks = delivers(ticket, unsent_id)
    if not tasks:
        raise UnknownTask("there is no such draft any more")
    return Revision(ticket).say(TicketDeliveryDraftDropped, tasks=tasks).done()


def _content(task: TaskSnapshot) -> str:
    assert task.delivered is not None
    return f"{task.rounds}:{digest(task.delivered)}"


def _files(tasks: tuple[TaskSnapshot, ...]) -> tuple[FileRef, ...]:
    files = {file.file_id: file for task in tasks if task.delivered for file in task.delivered.files}
    return tuple(files.values())


def _text(ticket: Ticket, tasks: tuple[TaskSnapshot, ...], gettext: Gettext) -> str:
    first_name = ticket.requester.name.split()[0] if ticket.requester.name.strip() else ""
    hello = gettext(N_("Hello, %(name)s!")) % {"name": first_name} if first_name else gettext(N_("Hello!"))
    parts = [hello]
    said = [task.delivered.handover for task in tasks if task.delivered and task.delivered.handover]
    parts += said or [gettext(N_("What you asked for is ready."))]
    links = {link.url: link.title for task in tasks if task.delivered for link in task.delivered.links}
    if links:
        parts.append("\n".join(f"{title}: {url}" if title else url for url, title in links.items()))
    if _files(tasks):
        parts.append(gettext(N_("The files are attached.")))
    parts.append(gettext(N_("If anything needs to be changed, just answer this message.")))
    return "\n\n".join(parts)
