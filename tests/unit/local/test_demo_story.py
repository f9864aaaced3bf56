"""How the demo tells and checks its story, without a stack."""

import json
from pathlib import Path

import pytest

from balcao.local.demo.company import demo_company
from balcao.local.demo.doors import Received
from balcao.local.demo.mails import SHEET, SHEET_NAME, answer_to, request_with_sheet
from balcao.local.demo.story import Step, StepFailed, Story
from balcao.local.demo.waiting import NotYet, Unmet, eventually, steadily


def test_a_step_that_fails_says_what_was_expected_and_what_was_seen() -> None:
    """The story ends there, and the failure names the step; whoever listens hears of it too."""
    heard: list[Step] = []
    story = Story(on_end=heard.append)

    with pytest.raises(StepFailed, match=r"step 1 \(A wish\): expected rain, but saw sun"), story.step("A wish"):
        raise Unmet("rain", "sun")

    assert [step.problem for step in heard] == ["expected rain, but saw sun"]


def test_a_mistake_in_the_story_itself_is_no_failed_step() -> None:
    """A bug must show as what it is."""
    with pytest.raises(KeyError), Story().step("Broken"):
        raise KeyError("typo")


async def test_waiting_ends_with_what_was_seen_last() -> None:
    """The deadline is part of the message."""

    async def look() -> None:
        raise NotYet("only clouds")

    with pytest.raises(Unmet, match="expected rain, but saw only clouds after 0 s"):
        await eventually("rain", look, within_s=0.05)


async def test_what_does_not_last_is_noticed() -> None:
    """The twin of `eventually`: something must stay true."""
    looks = iter(range(3))

    async def look() -> None:
        if next(looks, None) is None:
            raise NotYet("rain")

    with pytest.raises(Unmet, match="expected sun all day, but saw rain"):
        await steadily("sun all day", look, for_s=5)


def test_everybody_the_team_table_names_is_in_the_demo_company() -> None:
    """H7: the workspace's entry first, else the company's."""
    company = demo_company()

    assert company.analyst(1).name == "Camila Nogueira"
    assert company.analyst(2) == company.analyst(None)
    assert company.planner(2) != company.planner(None)
    assert json.loads(Path(company.path).read_text(encoding="utf-8"))["locale"] == "pt-BR"


def test_a_reply_is_in_the_thread_of_the_mail_received_and_quotes_it() -> None:
    """As a mail program does it: to the reply address, with In-Reply-To and the whole chain of references."""
    company = demo_company()
    received = request_with_sheet(company.client, company, "Cardápio")
    received["Reply-To"] = "atendimento+t.1.2@agencia-farol.test"
    received["References"] = "<first@x>"
    mail = Received(1, company.client.address, (company.address,), received)

    reply = answer_to(mail, company.client, "Ficou lindo!")

    assert reply["To"] == "atendimento+t.1.2@agencia-farol.test"
    assert reply["In-Reply-To"] == received["Message-ID"]
    assert reply["References"] == f"<first@x> {received['Message-ID']}"
    assert reply["Subject"] == "Re: Cardápio"
    assert reply.get_content().startswith("Ficou lindo!\n")
    assert "> Olá, equipe!" in reply.get_content()


def test_the_request_carries_text_html_and_a_file_with_an_accent_in_its_name() -> None:
    """The same tree as office programs make."""
    company = demo_company()
    mail = request_with_sheet(company.client, company, "Cardápio")

    (sheet,) = mail.iter_attachments()

    assert mail.get_content_type() == "multipart/mixed"
    assert sheet.get_filename() == SHEET_NAME
    assert sheet.get_payload(decode=True) == SHEET
