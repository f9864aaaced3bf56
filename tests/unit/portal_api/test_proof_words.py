"""What the company's mail server found out about a sender, as people read it."""

from typing import Any

import pytest

from balcao.portal_api.pages.proof_words import DISPROVEN, PROVEN, UNPROVEN, proof_of


def words(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("said", "sentence", "results", "is_bad"),
    [
        ({"dmarc": "pass", "spf": "pass", "authenticated": True}, PROVEN, "DMARC: passed · SPF: passed", False),
        ({"dmarc": "fail", "dkim": "none"}, DISPROVEN, "DMARC: failed · DKIM: says nothing", True),
        ({"dkim": "fail", "spf": "softfail"}, UNPROVEN, "DKIM: failed · SPF: probably forged", False),
        ({}, UNPROVEN, "", False),
    ],
    ids=["proven", "disproven", "neither", "nothing checked"],
)
def test_a_result_is_a_sentence_and_what_it_follows_from(
    said: dict[str, Any], sentence: str, results: str, is_bad: bool
) -> None:
    found = proof_of({"authentication": {"by": "mx.agencia.test", "authenticated": False, **said}}, words)

    assert found is not None
    assert found.sentence == sentence % {"server": "mx.agencia.test"}
    assert (found.results, found.is_bad) == (results, is_bad)


@pytest.mark.parametrize("mail", [{}, {"authentication": None}], ids=["an old one", "no server is trusted"])
def test_where_no_server_said_anything_there_is_nothing_to_read(mail: dict[str, Any]) -> None:
    assert proof_of(mail, words) is None
