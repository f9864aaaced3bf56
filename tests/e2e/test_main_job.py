"""The main job as `make demo` shows it, on the whole stack as processes."""

import pytest

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.main_job import do_main_job
from balcao.local.demo.story import Story

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_a_request_by_mail_is_produced_delivered_answered_and_reopened_by_a_reply(
    doors: Doors, company: DemoCompany
) -> None:
    """O1, O3, O4, O6, H2, H3, H4, H5, H6, H7, W2, W5, W7, W8: every act checks what it did."""
    story = Story()

    day = await do_main_job(doors, company, story)

    assert [case.workspace for case in day.cases] == [company.client.workspace, None]
    assert all(step.problem is None for step in story.steps)
    assert all(sum(case.mails.values()) > 0 for case in day.cases)


async def test_the_main_job_can_be_done_again_on_the_data_of_the_run_before(doors: Doors, company: DemoCompany) -> None:
    """New tickets each time; yesterday's mails are not counted as today's (H5)."""
    first = await do_main_job(doors, company, Story())
    second = await do_main_job(doors, company, Story())

    assert {case.number for case in first.cases}.isdisjoint(case.number for case in second.cases)
