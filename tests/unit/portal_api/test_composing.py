"""How long one waits: from the composer's form, a draft and a saved reply to what is sent (W4, W8, W18)."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.datastructures import FormData

from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.composing import Writing, from_form, from_kept
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.shell import Place
from balcao.portal_api.uploads import Uploads
from balcao.shared import clock
from balcao.shared.files import Files

MOMENTS = Moments(load_languages()["en"], "America/Sao_Paulo", clock.now())
UPLOADS = Uploads(cast(Files, None), "a secret that only this test knows, 32+")
PLACE = cast(Place, SimpleNamespace(acting=None))
WAITING = {"status": "waiting", "reason": "more_information"}


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ({"days": "3", "close": "1"}, {**WAITING, "days": 3, "close_if_no_answer": True}),
        ({"days": "0", "close": "0"}, {**WAITING, "days": 0, "close_if_no_answer": False}),
        ({}, WAITING),
        ({"days": "3", "until": "2031-03-10T09:00"}, {**WAITING, "until": "2031-03-10T09:00:00-03:00"}),
        (
            {"reason": "visit", "days": "3", "close": "1", "until": "2031-03-10T09:00"},
            {"status": "waiting", "reason": "visit", "until": "2031-03-10T09:00:00-03:00"},
        ),
    ],
    ids=["days", "none at all", "as usual", "a date says more", "a visit waits for no answer"],
)
async def test_what_is_chosen_about_waiting_is_what_is_sent(typed: dict[str, str], then: dict[str, Any]) -> None:
    form = FormData({"text": "Oi", "then": "waiting", "reason": "more_information"} | typed)

    writing = await from_form(form, UPLOADS, PLACE)

    assert writing.body(MOMENTS)["then"] == then
    carried = FormData([*writing.fields()])
    assert await from_form(carried, UPLOADS, PLACE) == writing, "the sheet carries all of it"


async def test_a_ticked_box_says_so_and_an_unticked_one_too() -> None:
    ticked = FormData([("close", "0"), ("close", "1")])
    assert (await from_form(ticked, UPLOADS, PLACE)).close is True
    assert (await from_form(FormData([("close", "0")]), UPLOADS, PLACE)).close is False


def test_a_draft_brings_back_how_one_waits() -> None:
    wait = {"reason": "more_information", "until": None, "close_if_no_answer": True}
    kept: dict[str, Any] = {"text": "Oi", "step": {"command": "wait", "days": 2, "wait": wait}}

    assert from_kept(kept, UPLOADS, PLACE, MOMENTS).body(MOMENTS)["then"] == {
        **WAITING,
        "days": 2,
        "close_if_no_answer": True,
    }


def test_what_somebody_takes_back_of_a_saved_reply_does_not_happen() -> None:
    """W18: the situation stays as it is."""
    assert Writing(text="Oi", saved_reply_id="r-1").body(MOMENTS)["then"] is None
    assert "then" not in Writing(text="Oi").body(MOMENTS)
