"""What an administrator reads about each fact that a webhook may be told of."""

import re

import pytest

from balcao.notifier.domain.webhooks import OFFERED
from balcao.notifier.webhooks.api import for_reader


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_a_fact_is_described_in_a_sentence_without_our_own_signs(name: str) -> None:
    said = for_reader(OFFERED[name].__doc__)
    assert said.endswith(".")
    assert re.findall(r"`|Said by|\(?[A-Z]\d", said) == []


def test_what_only_we_need_is_left_out_and_the_rest_stays() -> None:
    text = "A task came to be (H3, W7). Said by `workflow`, once. It has `ticket_ids`.\n\n    More."
    assert for_reader(text) == "A task came to be. It has ticket_ids."
