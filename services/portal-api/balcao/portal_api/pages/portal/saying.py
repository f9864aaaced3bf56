"""What a requester writes: read from a form with its files, handed to intake, and followed to where it arrives."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.domain.conditions import EmptyComment, NoTitle
from balcao.portal_api.pages.attachments import Attached, attached
from balcao.portal_api.pages.shell import Place
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Unavailable

MOST_SUBJECT = 300
MOST_TEXT = 100_000
_ARRIVES_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Typed:
    """What a form came with. Nothing of it is lost when it is refused: it is shown again."""

    subject: str = ""
    text: str = ""
    kind: str = "request"
    files: list[Attached] = field(default_factory=list)
    once: str = ""
    trouble: Condition | None = None
    """What stands against one of its files; the others are kept."""


async def typed_in(form: FormData, uploads: Uploads, place: Place) -> Typed:
    """The fields of a form, its files stored."""

    def text(name: str) -> str:
        value = form.get(name, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    files: list[Attached] = []
    trouble: Condition | None = None
    for one in (*form.getlist("receipt"), *form.getlist("files")):
        try:
            file = await attached(one, uploads, place.acting)
        except (Condition, OSError) as error:
            trouble = trouble or (error if isinstance(error, Condition) else Unavailable("files cannot be kept now"))
        else:
            files += [file] if file else []
    return Typed(
        subject=" ".join(text("subject").split())[:MOST_SUBJECT],
        text=text("text").strip()[:MOST_TEXT],
        kind=text("kind") or "request",
        files=files,
        once=text("once"),
        trouble=trouble,
    )


async def say(
    upstreams: Upstreams, place: Place, typed: Typed, *, subject: str, ticket_id: str | None = None
) -> str | None:
    """Hand words and files to intake as one message; returns what it leads to will name as its cause, if intake says.

    Raises `NoTitle` or `EmptyComment` where something is missing, what stands against a file, and as intake refuses.
    """
    if typed.trouble is not None:
        raise typed.trouble
    if not subject:
        raise NoTitle("give your request a subject")
    if not typed.text:
        raise EmptyComment("write something first")
    files = [one.ref.model_dump(exclude_none=True) for one in typed.files]
    body: dict[str, Any] = {"subject": subject, "text": typed.text, "files": files}
    if ticket_id is not None:
        body["ticket_id"] = ticket_id
    elif typed.kind != "request":
        body["kind"] = typed.kind
    answer = await upstreams.intake.post("/v1/messages", as_requester(place.acting), body, once=typed.once or None)
    return answer.json().get("event_id")


async def arrived(upstreams: Upstreams, place: Place, event_id: str | None, ticket_id: str | None = None) -> int | None:
    """The number of the ticket that the words are on now; none when that takes longer than one likes to wait.

    It is looked for so that the next page shows them; that they are safe, intake has said before.
    """
    if event_id is None:
        return None
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN_S):
            while True:
                try:
                    answer = await upstreams.tickets.get(
                        f"/v1/tickets/with-words/{event_id}", as_requester(place.acting), ticket_id=ticket_id
                    )
                    return int(answer.json()["number"])
                except UpstreamRefused:
                    await asyncio.sleep(_LOOK_EVERY_S)
    except (TimeoutError, Unavailable):
        return None
