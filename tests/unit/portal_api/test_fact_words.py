"""The facts a webhook can be told of have words of their own on its page."""

from balcao.notifier.domain.webhooks import OFFERED
from balcao.portal_api.pages.settings.fact_words import FACTS


def test_every_fact_that_is_offered_has_words_and_nothing_else_has() -> None:
    assert set(FACTS) == set(OFFERED)


def test_no_two_facts_of_one_kind_read_alike() -> None:
    read = [(type_.split(".")[0], words) for type_, words in FACTS.items()]
    assert len(set(read)) == len(read)
