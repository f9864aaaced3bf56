"""The answer drafted from what production handed over: made of what is finished, sent once, withdrawn with the work."""

from dataclasses import replace
from typing import Any

import pytest

from balcao.shared.events import Deliverables, DeliveredLink, FileRef, Party
from balcao.shared.rich_text import plain
from balcao.tickets.catalogues import language
from balcao.tickets.domain import conversation, drafted_answer, production, status, undo_window
from balcao.tickets.domain.conditions import UnknownTask
from balcao.tickets.domain.conversation import Comment
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import AT, BY_ANA, a_task, a_ticket

BANNER = FileRef(file_id="sha256:banner", name="banner.png", media_type="image/png", size=10)
VIDEO = FileRef(file_id="sha256:video", name="video.mp4", media_type="video/mp4", size=20)
PAGE = DeliveredLink(url="https://provas.test/banner", title="Prova")
MADE = Deliverables(handover="O banner está como combinado.", files=(BANNER,), links=(PAGE,))
FILM = Deliverables(handover="O vídeo tem 30 segundos.", files=(VIDEO, BANNER))
EN = language("America/Sao_Paulo", "en").gettext
PT = language("America/Sao_Paulo", "pt-BR").gettext


def finished(task_id: str = "task-1", version: int = 2, delivered: Deliverables | None = MADE, **values: Any) -> Any:
    """A task that is done."""
    fields = {"state": "completed", "phase_kind": "done", "number": 88, "delivered": delivered}
    return a_task(id=task_id, version=version, **fields | values)


def with_tasks(*tasks: Any, **values: Any) -> Ticket:
    """A ticket that has heard of these."""
    ticket = a_ticket(requester=Party(name="Dora Reis", address="dora@cliente.test", locale="en"), **values)
    for task in tasks:
        ticket = production.follow(ticket, task, "completed").after
    return ticket


def answered(ticket: Ticket, text: str = "Segue", **values: Any) -> Ticket:
    """The ticket once this visible answer has gone out."""
    return conversation.write(ticket, Comment(plain(text), visible=True, **values), BY_ANA, AT).after


def test_what_was_handed_over_is_drafted_for_the_requester_in_their_language() -> None:
    """H4"""
    draft = drafted_answer.drafted(with_tasks(finished()), "ana", EN)
    assert draft is not None
    assert draft.text == (
        "Hello, Dora!\n\nO banner está como combinado.\n\nProva: https://provas.test/banner\n\n"
        "The files are attached.\n\nIf anything needs to be changed, just answer this message."
    )
    assert (draft.files, draft.visible, draft.drafted_from) == ((BANNER,), True, (88,))
    portuguese = drafted_answer.drafted(with_tasks(finished()), "ana", PT)
    assert portuguese is not None
    assert portuguese.text.startswith("Olá, Dora!")
    assert portuguese.id == draft.id


def test_several_tasks_make_one_draft_with_each_file_once() -> None:
    """H4, H5"""
    draft = drafted_answer.drafted(with_tasks(finished(), finished("task-2", delivered=FILM, number=89)), "ana", PT)
    assert draft is not None
    assert (draft.files, draft.drafted_from) == ((BANNER, VIDEO), (88, 89))
    assert "como combinado" in draft.text
    assert "30 segundos" in draft.text


@pytest.mark.parametrize(
    "ticket",
    [
        with_tasks(),
        with_tasks(finished(delivered=None)),
        status.resolve(with_tasks(finished()), "answered", AT).after,
        status.cancel(with_tasks(finished())).after,
    ],
    ids=["no task", "nothing handed over", "resolved", "cancelled"],
)
def test_there_is_none_without_something_to_send_or_somebody_to_send_it_to(ticket: Ticket) -> None:
    """H4"""
    assert drafted_answer.drafted(ticket, "ana", EN) is None


def test_work_taken_up_again_withdraws_what_was_not_sent() -> None:
    """H4, H5: and what is handed over after that is drafted anew, though it be the same."""
    ticket = with_tasks(finished())
    first = drafted_answer.draft_id(ticket)
    ticket = production.follow(ticket, a_task(version=3, rounds=2), "reopened").after
    assert drafted_answer.draft_id(ticket) is None
    ticket = production.follow(ticket, finished(version=4, rounds=2), "completed").after
    assert drafted_answer.draft_id(ticket) not in (None, first)


@pytest.mark.parametrize(
    ("values", "files", "links"),
    [
        ({"files": (BANNER,)}, (BANNER,), ()),
        ({"text": f"Veja {PAGE.url}"}, (), (PAGE,)),
        ({"delivers": ("task-1",)}, (), ()),
    ],
    ids=["its file", "its link", "its words"],
)
def test_what_went_out_is_not_drafted_again_and_is_what_the_requester_sees(
    values: dict[str, Any], files: tuple[Any, ...], links: tuple[Any, ...]
) -> None:
    """H4, W7"""
    ticket = answered(with_tasks(finished()), **values)
    assert drafted_answer.draft_id(ticket) is None
    (sent,) = ticket.handed_out
    assert (sent.task_id, sent.files, sent.links, sent.sent) == ("task-1", files, links, True)


def test_an_answer_about_something_else_or_a_private_note_hands_nothing_out() -> None:
    """W7"""
    ticket = answered(with_tasks(finished()), "Ainda estamos olhando")
    ticket = conversation.write(ticket, Comment(plain("nota"), files=(BANNER,)), BY_ANA, AT).after
    assert ticket.handed_out == ()
    assert drafted_answer.draft_id(ticket) is not None


def test_while_an_answer_is_held_its_draft_is_away_and_comes_back_when_it_is_undone() -> None:
    """W7, H4"""
    ticket = with_tasks(finished())
    draft = drafted_answer.draft_id(ticket)
    said = Comment(plain("Segue"), visible=True)
    said = replace(said, delivers=drafted_answer.delivers(ticket, draft))
    held = undo_window.accept(ticket, said, BY_ANA, AT, reply_id="r", undo_seconds=10).after
    assert (drafted_answer.draft_id(held), held.handed_out) == (None, ())
    assert drafted_answer.draft_id(undo_window.undo(held, "r").after) == draft
    sent = undo_window.send(held, "r", AT).after
    assert [one.task_id for one in sent.handed_out] == ["task-1"]
    assert drafted_answer.draft_id(sent) is None


def test_a_held_answer_hands_out_nothing_of_work_that_was_taken_up_again_meanwhile() -> None:
    """H5: the words are somebody's own and go out; what was withdrawn is not taken for delivered."""
    ticket = with_tasks(finished())
    said = Comment(plain("Segue"), visible=True, delivers=("task-1",))
    held = undo_window.accept(ticket, said, BY_ANA, AT, reply_id="r", undo_seconds=10).after
    again = production.follow(held, a_task(version=3, rounds=2), "reopened").after
    assert undo_window.send(again, "r", AT).after.handed_out == ()


def test_a_draft_may_be_dropped_and_the_next_delivery_brings_another() -> None:
    """H4"""
    ticket = with_tasks(finished())
    draft = drafted_answer.draft_id(ticket)
    assert draft is not None
    dropped = drafted_answer.drop(ticket, draft).after
    assert drafted_answer.draft_id(dropped) is None
    assert [one.sent for one in dropped.handed_out] == [False]
    with pytest.raises(UnknownTask):
        drafted_answer.drop(dropped, draft)
    more = production.follow(dropped, finished("task-2", delivered=FILM), "completed").after
    new = drafted_answer.drafted(more, "ana", EN)
    assert new is not None
    assert new.files == (VIDEO, BANNER)
