"""Routes of the team's words: commenting, looking before sending, the undo window, and what is not sent yet."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field, StringConstraints

from balcao.shared.clock import now
from balcao.shared.errors import Invalid
from balcao.shared.events import FileRef, Party
from balcao.shared.mongo import Document
from balcao.shared.rich_text import MOST_HTML, RichText, clean, plain, with_images
from balcao.tickets.answering import Accepted, Answering, Sending
from balcao.tickets.api.bodies import Body, Line, Text
from balcao.tickets.api.commands import Command, Member, TheCommand, TheDesk, saying_what_changed
from balcao.tickets.domain import waiting
from balcao.tickets.domain.conversation import Comment, recipients
from balcao.tickets.domain.people import MailAddress
from balcao.tickets.domain.saved_replies import render
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Method, Outgoing, Step, Ticket, Wait, WaitReason
from balcao.tickets.domain.unsent import Kept, Unsent
from balcao.tickets.domain.warnings import Code
from balcao.tickets.replying import Replying, Use

router = APIRouter(prefix="/v1", tags=["comments"])
Html = Annotated[str, StringConstraints(max_length=MOST_HTML)]
Id = Annotated[str, Path(max_length=100)]


class RecipientBody(Body):
    """Somebody who gets this answer besides those who always do."""

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    address: MailAddress


class RecipientsBody(Body):
    """How those who receive this answer differ from the requester and the people in copy."""

    add: list[RecipientBody] = Field(default=[], max_length=20)
    remove: list[MailAddress] = Field(default=[], max_length=200)


class ThenBody(Body):
    """The change of situation in the same step (W5, W8): resolved with a method, waiting with a reason, or open."""

    status: Literal["resolved", "waiting", "open"]
    method: Method | None = Field(default=None, description="Of `resolved`; `answered` if none.")
    reason: WaitReason | None = Field(default=None, description="Of `waiting`; it needs one.")
    until: datetime | None = Field(default=None, description="Without an offset it is in the company's time zone.")
    days: int | None = Field(default=None, ge=0, le=365)
    close_if_no_answer: bool | None = None


class WordsBody(Body):
    """What is said: plain text, or HTML from an editor, never both. Private unless `visible` (W7)."""

    text: Text = ""
    html: Html | None = Field(
        default=None, description="Images as `cid:` of one of the files; sanitised on the way in."
    )
    visible: bool = Field(default=False, description="Exibir para solicitante.")
    files: list[FileRef] = Field(default=[], max_length=50)
    recipients: RecipientsBody = RecipientsBody()
    then: ThenBody | None = None
    begun_on: int | None = Field(default=None, ge=0, description="The ticket's version when the writing began.")


class UnsentRef(Body):
    """Unsent words that are sent now, as their author last saw them."""

    id: Annotated[str, StringConstraints(max_length=100)]
    revision: int = Field(ge=1)


class CommentBody(WordsBody):
    """A comment, a change of situation, or both in one submit (W8)."""

    confirm: list[Code] = Field(default=[], max_length=20, description="Warnings to send it in spite of.")
    unsent: UnsentRef | None = None
    saved_reply_id: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None,
        description="The saved reply this is made of: the fields it sets change in the same step (W18). Without any "
        "words of one's own it is used as it is; without `then` its change of situation counts, with null none does.",
    )
    title: Line | None = Field(default=None, description="Of a draft that has none: sending submits it (O12).")


class UnsentBody(WordsBody):
    """What somebody is writing. `revision` is that of the words it replaces, 0 for none; without one it replaces
    whatever is there."""

    revision: int | None = Field(default=None, ge=0)
    made_of: Annotated[str, StringConstraints(max_length=100)] = Field(
        default="", description="Id of the unsent words they began as: to be named in `unsent` when these are sent."
    )


async def answering_of(request: Request) -> Answering:
    """What this server can do with words."""
    answering: Answering = request.app.state.answering
    return answering


async def replying_of(request: Request) -> Replying:
    """What this server can do with saved replies."""
    replying: Replying = request.app.state.replying
    return replying


TheAnswering = Annotated[Answering, Depends(answering_of)]
TheReplying = Annotated[Replying, Depends(replying_of)]


@router.post("/tickets/{number}/comments")
async def comment(
    number: int, body: CommentBody, command: TheCommand, answering: TheAnswering, replying: TheReplying
) -> Document:
    """Write a private note or a visible answer, change the situation, or both (W5, W7, W8).

    The answer is the ticket, and in `accepted` what became of the comment: a visible one goes out at `goes_out_at`.
    """
    ticket, team = await _ticket(command, number)
    used = await replying.use(command.acting.company_id, body.saved_reply_id, command.acting.party(), command.cause)
    body = _made_of(body, used, ticket, team, command)
    sending = Sending(
        said=_comment(body, team, body.title),
        begun_on=body.begun_on,
        confirmed=body.confirm,
        unsent=(body.unsent.id, body.unsent.revision) if body.unsent else None,
        expected_version=command.expected_version,
    )
    async with saying_what_changed(command.desk, ticket, command.expected_version):
        accepted = await answering.comment(
            ticket,
            sending,
            command.acting.party(),
            command.cause,
            first=used.step if used else None,
            beside=used.beside if used else None,
        )
    return {**await command.show(accepted.ticket), "accepted": _accepted(accepted)}


@router.post("/tickets/{number}/comments/preview")
async def preview(number: int, body: WordsBody, command: TheCommand, answering: TheAnswering) -> Document:
    """What this comment would say and to whom, and what should be looked at before; nothing is changed (W7).

    `fact` is what `notifier` makes the mails of; none for a private note.
    """
    ticket, team = await _ticket(command, number)
    sending = Sending(said=_comment(body, team), begun_on=body.begun_on)
    found = await answering.preview(ticket, sending, command.acting.party(), command.cause.at)
    return {
        "fact": found.fact.model_dump(mode="json", exclude_none=True) if found.fact else None,
        "recipients": _parties(found.recipients),
        "warnings": [one.shown() for one in found.warnings],
        "undo_seconds": found.undo_seconds,
    }


@router.get("/tickets/{number}/outgoing")
async def list_outgoing(number: int, desk: TheDesk, acting: Member) -> Document:
    """Answers in their undo window, the next to go out first; `now` is this server's time, to count down by."""
    ticket = await desk.tickets.by_number(acting.company_id, number)
    held = sorted(ticket.outgoing, key=lambda one: one.goes_out_at)
    return {"items": [_outgoing(one) for one in held], "now": now()}


@router.get("/tickets/{number}/outgoing/{reply_id}/fact")
async def show_fact(number: int, reply_id: Id, desk: TheDesk, acting: Member, answering: TheAnswering) -> Document:
    """What an answer in its undo window will say, under which id and by whom: its mails are made of this (W7).

    409 where it is out, or would be given back.
    """
    told = answering.as_it_goes_out(await desk.tickets.by_number(acting.company_id, number), reply_id)
    return {
        "fact": told.fact.model_dump(mode="json", exclude_none=True),
        "event_id": told.event_id,
        "actor": told.by.model_dump(exclude_none=True),
    }


@router.post("/tickets/{number}/outgoing/{reply_id}/undo")
async def undo(number: int, reply_id: Id, command: TheCommand, answering: TheAnswering) -> Document:
    """Take an answer back before it goes out. Answers the ticket, and the words in `unsent` for who wrote them."""
    ticket, _ = await _ticket(command, number)
    after = await answering.undo(ticket, reply_id, command.cause)
    kept, _ = await answering.words.of_ticket(ticket.company_id, command.acting.person_id, ticket.id)
    return {**await command.show(after), "unsent": [_kept(one) for one in kept]}


@router.post("/tickets/{number}/outgoing/{reply_id}/send-now")
async def send_now(number: int, reply_id: Id, command: TheCommand, answering: TheAnswering) -> Document:
    """Send an answer without waiting for the end of its window."""
    ticket, _ = await _ticket(command, number)
    return await command.show(await answering.send_now(ticket, reply_id))


@router.get("/tickets/{number}/unsent")
async def show_unsent(number: int, desk: TheDesk, acting: Member, answering: TheAnswering) -> Document:
    """One's own unsent words on the ticket: `items`, those being written first, those given back behind them, last the
    answer drafted from what production handed over, if any (`drafted_from`).

    `revision` is the one to name when writing. `recipients` are those who would receive a visible comment.
    """
    ticket = await desk.tickets.by_number(acting.company_id, number)
    kept, revision = await answering.unsent_words(ticket, acting.person_id)
    to = recipients(ticket, acting.party())
    return {"items": [_kept(one) for one in kept], "revision": revision, "recipients": _parties(to)}


@router.put("/tickets/{number}/unsent")
async def keep_unsent(
    number: int, body: UnsentBody, desk: TheDesk, acting: Member, answering: TheAnswering
) -> Document:
    """Keep what one is writing. 409 when it was changed in another tab, with `theirs` and `yours`."""
    ticket = await desk.tickets.by_number(acting.company_id, number)
    team = await desk.directory.team(acting.company_id)
    words = _words(body, unfinished=True)
    unsent = Unsent(
        text=words.text,
        html=words.html,
        visible=body.visible,
        add=_added(body),
        remove=tuple(body.recipients.remove),
        files=with_images(body.files, words.images),
        step=step_of(body.then, team, lenient=True),
        begun_on=body.begun_on,
        made_of=body.made_of,
    )
    return _kept(await answering.words.write(ticket, acting.person_id, unsent, seen=body.revision, at=now()))


@router.delete("/tickets/{number}/unsent/{id_}", status_code=204)
async def drop_unsent(
    number: int,
    id_: Id,
    command: TheCommand,
    answering: TheAnswering,
    revision: Annotated[int | None, Query(ge=0, description="Of the words to drop; none: whatever is there.")] = None,
) -> Response:
    """Drop unsent words of one's own, or the answer drafted from what production handed over. Nothing happens when
    there are none of that id."""
    ticket, _ = await _ticket(command, number)
    await answering.drop_words(ticket, command.acting.person_id, id_, seen=revision, cause=command.cause)
    return Response(status_code=204)


@router.get("/unsent")
async def list_unsent(acting: Member, answering: TheAnswering) -> Document:
    """All of one's own unsent words, the latest first, at most 100."""
    kept = await answering.words.of_person(acting.company_id, acting.person_id)
    return {"items": [_kept(one) for one in kept]}


def _made_of(body: CommentBody, used: Use | None, ticket: Ticket, team: Team, command: Command) -> CommentBody:
    """The comment with what a saved reply brings: its words where there are none, its change of situation where nothing
    is said about one (W18)."""
    if used is None:
        return body
    brought: dict[str, Any] = {}
    if not body.text.strip() and not body.html:
        filled = render(used.reply, ticket, command.acting.party(), team, command.cause.at)
        brought |= {"html": filled.html} if filled.html else {"text": filled.text}
    if "then" not in body.model_fields_set and used.reply.sets.then is not None:
        brought["then"] = ThenBody.model_validate(used.reply.sets.then.model_dump())
    return body.model_copy(update=brought)


async def _ticket(command: Command, number: int) -> tuple[Ticket, Team]:
    company_id = command.acting.company_id
    ticket = await command.desk.tickets.by_number(company_id, number)
    return ticket, await command.desk.directory.team(company_id)


def _comment(body: WordsBody, team: Team, title: str | None = None) -> Comment:
    return Comment(
        words=_words(body),
        visible=body.visible,
        files=tuple(body.files),
        add=_added(body),
        remove=tuple(body.recipients.remove),
        step=step_of(body.then, team),
        title=title,
    )


def _words(body: WordsBody, *, unfinished: bool = False) -> RichText:
    if body.html is None:
        return plain(body.text)
    if body.text.strip():
        raise Invalid("give either text or html")
    return clean(body.html, body.files, unfinished=unfinished)


def _added(body: WordsBody) -> tuple[Party, ...]:
    return tuple(Party(name=one.name, address=one.address) for one in body.recipients.add)


def step_of(then: ThenBody | None, team: Team, *, lenient: bool = False) -> Step | None:
    """The change of situation, checked; `lenient` takes it as it stands while somebody still writes, so that what is
    missing or has passed is said when it is sent."""
    if then is None:
        return None
    given = {name for name in ThenBody.model_fields if name != "status" and getattr(then, name) is not None}
    strange = given - _OF_STATUS[then.status]
    if strange and not lenient:
        raise Invalid(f"{then.status} knows no {', '.join(sorted(strange))}")
    if then.status == "resolved":
        return Step(command="resolve", method=then.method or "answered")
    if then.status == "open":
        return Step(command="reopen")
    return _begun_wait(then, team) if lenient else Step(command="wait", wait=_wait(then, team))


def _wait(then: ThenBody, team: Team) -> Wait:
    if then.reason is None:
        raise Invalid("waiting needs a reason")
    return waiting.plan(
        then.reason,
        team,
        now(),
        until=_until(then, team),
        days=then.days,
        close_if_no_answer=then.close_if_no_answer,
    )


def _begun_wait(then: ThenBody, team: Team) -> Step | None:
    if then.reason is None:
        return None
    usual = team.company.policies.close_if_no_answer
    closes = usual if then.close_if_no_answer is None else then.close_if_no_answer
    asks_for_words = then.reason == "more_information"
    wait = Wait(reason=then.reason, until=_until(then, team), close_if_no_answer=asks_for_words and closes)
    return Step(command="wait", wait=wait, days=then.days)


def _until(then: ThenBody, team: Team) -> datetime | None:
    if then.until is None or then.until.tzinfo is not None:
        return then.until
    return then.until.replace(tzinfo=team.company.calendar().zone).astimezone(UTC)


_OF_STATUS: dict[str, set[str]] = {
    "resolved": {"method"},
    "waiting": {"reason", "until", "days", "close_if_no_answer"},
    "open": set(),
}


def _accepted(accepted: Accepted) -> Document:
    return {
        "reply_id": accepted.reply_id,
        "goes_out_at": accepted.goes_out_at,
        "recipients": _parties(accepted.recipients),
        "warnings": [one.shown() for one in accepted.warnings],
    }


def _outgoing(held: Outgoing) -> Document:
    shown: dict[str, Any] = held.model_dump(
        mode="json",
        include={"id", "author", "text", "html", "recipients", "files", "step", "accepted_at", "goes_out_at"},
    )
    return shown


def _kept(kept: Kept) -> Document:
    shown: dict[str, Any] = kept.model_dump(mode="json", exclude={"company_id", "person_id"})
    return shown


def _parties(parties: tuple[Party, ...]) -> list[Document]:
    return [one.model_dump(exclude_none=True) for one in parties]
