"""What people do with the tickets while parts of the product die: each story knows what must come of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.chaos.mailbox import Caught, Mailbox
from tests.chaos.mta import Mail, Mta
from tests.chaos.outside import Outside
from tests.chaos.person import Json, Person
from tests.chaos.plan import Opening
from tests.chaos.record import Comment, Expected, Record
from tests.support.desk_company import ADDRESS

APPROVAL = "Homologação externa"


@dataclass
class Cast:
    """Who acts."""

    mta: Mta
    outside: Outside
    mailbox: Mailbox
    agent: Person
    producer: Person
    record: Record
    chance: random.Random
    patience_s: float
    """For one thing to come about. Far more than it takes: bounded so that a run that lost something still ends."""

    def mark(self, number: int, kind: str) -> str:
        """A word that no other text has."""
        return f"{kind}-{number}-{self.chance.getrandbits(48):012x}"


async def play(opening: Opening, cast: Cast) -> None:
    """From the first mail to the end of the ticket's story."""
    mail = opening.mail
    cast.record.openings[mail.message_id] = mail.sender
    sent = Mail(mail.sender, ADDRESS, mail.message_id, mail.raw)
    if opening.by == "imap":
        await asyncio.sleep(cast.chance.uniform(0, 2))  # not all of a burst at its beginning
        cast.outside.deliver(sent)
    else:
        await cast.mta.send(sent, opening.answer_lost)
    receipt = await cast.mailbox.wait_for(
        f"the acknowledgement of {mail.message_id}",
        lambda caught: caught.in_reply_to == mail.message_id and caught.recipient == mail.sender,
        cast.patience_s,
    )
    if opening.fate == "answered_by_requester":
        await _answer(receipt, opening, cast)
    elif opening.fate == "resolved":
        await _resolve_and_hear_again(receipt.number, opening, cast)
    elif opening.fate != "left_alone":
        await _produce(opening.fate, receipt.number, cast)


async def _answer(received: Caught, opening: Opening, cast: Cast) -> None:
    """The requester answers a mail of ours, to the signed address it names."""
    sender = opening.mail.sender
    domain = sender.rpartition("@")[2]
    message_id = f"<re.{received.number}.{cast.chance.getrandbits(48):x}@{domain}>"
    to = received.reply_to.rpartition("<")[2].rstrip(">")
    raw = (
        f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: Re: [#{received.number}]\r\nMessage-ID: {message_id}\r\n"
        f"In-Reply-To: {received.message_id}\r\nReferences: {received.message_id}\r\n"
        "Date: Mon, 2 Mar 2026 10:00:00 -0300\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"\r\nObrigado. Falta ainda uma coisa: {message_id.strip('<>')}\r\n"
    ).encode()
    cast.record.replies[message_id] = received.number
    await cast.mta.send(Mail(sender, to, message_id, raw))


async def _resolve_and_hear_again(number: int, opening: Opening, cast: Cast) -> None:
    """Answered and resolved in one step; the requester writes back, and the ticket is in service again (W2)."""
    await _note(number, cast)
    mark = cast.mark(number, "RESPOSTA")
    cast.record.comments.append(Comment(number, mark, visible=True))
    body: Json = {"text": f"Está pronto: {mark}", "visible": True, "then": {"status": "resolved", "method": "answered"}}
    await cast.agent.command(f"/api/v1/tickets/{number}/comments", body)
    answer = await cast.mailbox.wait_for(
        f"the answer to #{number}", lambda caught: caught.number == number and not caught.automatic, cast.patience_s
    )
    await _answer(answer, opening, cast)
    await _until_ticket(number, "back in service", lambda ticket: ticket["status"] == "open", cast)


async def _note(number: int, cast: Cast) -> None:
    """A private note, which must never leave the house (W7)."""
    mark = cast.mark(number, "SEGREDO")
    cast.record.comments.append(Comment(number, mark, visible=False))
    await cast.agent.command(f"/api/v1/tickets/{number}/comments", {"text": f"Só entre nós: {mark}"})


async def _produce(fate: str, number: int, cast: Cast) -> None:
    story, expected = STORIES[fate]
    cast.record.tickets[number] = expected
    await _note(number, cast)
    await story(number, cast)


async def _completed(number: int, cast: Cast) -> None:
    await _complete(await _task(number, cast), cast)


async def _two_tasks(number: int, cast: Cast) -> None:
    first, second = await _ask(number, cast), await _ask(number, cast)
    await _complete(await _number_of(first, number, cast), cast)
    await _complete(await _number_of(second, number, cast), cast)


async def _reopened(number: int, cast: Cast) -> None:
    """Completed, delivered, found wanting, taken up again: the second completion counts like the first."""
    task = await _task(number, cast)
    await _complete(task, cast)
    await _until_stage(number, "delivery", cast)
    await cast.producer.command(f"/api/v1/tasks/{task}/reopen")
    await _until_stage(number, "production", cast)
    await _complete(task, cast)


async def _hurried(number: int, cast: Cast) -> None:
    """Nobody waits for the ticket to follow: the facts may arrive in any order, and old ones are ignored then."""
    task = await _task(number, cast)
    await _complete(task, cast)
    await cast.producer.command(f"/api/v1/tasks/{task}/reopen")
    await _complete(task, cast)


async def _cancelled(number: int, cast: Cast) -> None:
    await _cancel(await _task(number, cast), cast)


async def _one_cancelled(number: int, cast: Cast) -> None:
    first, second = await _ask(number, cast), await _ask(number, cast)
    await _complete(await _number_of(first, number, cast), cast)
    await _cancel(await _number_of(second, number, cast), cast)


async def _approved(number: int, cast: Cast) -> None:
    """External approval counts as finished (H4); the completion afterwards moves nothing."""
    task = await _task(number, cast)
    await cast.producer.command(f"/api/v1/tasks/{task}/phase", {"phase": APPROVAL})
    await _complete(task, cast)


async def _taken_up_again(number: int, cast: Cast) -> None:
    task = await _task(number, cast)
    await _cancel(task, cast)
    await _until_stage(number, "planning", cast)
    await cast.producer.command(f"/api/v1/tasks/{task}/reopen")
    await _until_stage(number, "production", cast)
    await _complete(task, cast)


async def _ticket_cancelled(number: int, cast: Cast) -> None:
    """The ticket is given up right after a task was asked for: the task is made all the same, and marked."""
    await _ask(number, cast)
    await cast.agent.command(f"/api/v1/tickets/{number}/cancel")


Story = Callable[[int, Cast], Awaitable[None]]


def _expect(
    story: str,
    *stages: str,
    deliveries: tuple[int, int],
    completions: int,
    tasks: int = 1,
    status: str = "open",
    plannings: tuple[int, int] = (0, 0),
) -> Expected:
    return Expected(story, stages, status, deliveries, plannings, tasks, completions)


STORIES: dict[str, tuple[Story, Expected]] = {
    "completed": (_completed, _expect("completed", "delivery", deliveries=(1, 1), completions=1)),
    "two_tasks": (_two_tasks, _expect("two_tasks", "delivery", deliveries=(1, 1), completions=2, tasks=2)),
    "reopened": (_reopened, _expect("reopened", "delivery", deliveries=(2, 2), completions=2)),
    "hurried": (_hurried, _expect("hurried", "delivery", deliveries=(1, 2), completions=2)),
    "cancelled": (
        _cancelled,
        _expect("cancelled", "planning", deliveries=(0, 0), completions=0, plannings=(1, 1)),
    ),
    "one_cancelled": (_one_cancelled, _expect("one_cancelled", "delivery", deliveries=(1, 1), completions=1, tasks=2)),
    "approved": (_approved, _expect("approved", "delivery", deliveries=(1, 1), completions=1)),
    "taken_up_again": (
        _taken_up_again,
        _expect("taken_up_again", "delivery", deliveries=(1, 1), completions=1, plannings=(1, 1)),
    ),
    "ticket_cancelled": (
        _ticket_cancelled,
        _expect("ticket_cancelled", "analysis", "production", deliveries=(0, 0), completions=0, status="cancelled"),
    ),
}


async def _ask(number: int, cast: Cast) -> str:
    """Ask for a task; its id."""
    task_id: str = (await cast.agent.command(f"/api/v1/tickets/{number}/tasks"))["task_id"]
    return task_id


async def _number_of(task_id: str, number: int, cast: Cast) -> int:
    """The task's own number, once it was made."""

    def made(ticket: Json) -> int:
        return next((task["number"] for task in ticket["tasks"] if task["id"] == task_id), 0)

    return made(await _until_ticket(number, f"with task {task_id}", lambda ticket: made(ticket) > 0, cast))


async def _task(number: int, cast: Cast) -> int:
    return await _number_of(await _ask(number, cast), number, cast)


async def _complete(task: int, cast: Cast) -> None:
    await cast.producer.command(f"/api/v1/tasks/{task}/complete", {"handover": "Pronto."})


async def _cancel(task: int, cast: Cast) -> None:
    await cast.producer.command(f"/api/v1/tasks/{task}/cancel", {"reason": "Não é mais preciso."})


async def _until_stage(number: int, stage: str, cast: Cast) -> None:
    await _until_ticket(number, f"in {stage}", lambda ticket: bool(ticket["stage"] == stage), cast)


async def _until_ticket(number: int, what: str, holds: Callable[[Json], bool], cast: Cast) -> Json:
    return await cast.agent.until(f"/api/v1/tickets/{number}", f"ticket #{number} {what}", holds, cast.patience_s)
