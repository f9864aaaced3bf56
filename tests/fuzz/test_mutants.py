"""A small share of `make fuzz`, in every run of the tests."""

import time

from tests.fuzz.judge import judge
from tests.fuzz.mutate import mutant
from tests.fuzz.seeds import seeds

_SECONDS = 20.0


def test_every_kind_of_mail_is_read_shown_and_taken_apart() -> None:
    wrong = [(place, found.wrong) for place, raw in enumerate(seeds()) if (found := judge(raw, thoroughly=True)).wrong]
    assert wrong == []


def test_mutants_of_mails_break_nothing_and_take_no_time() -> None:
    parents = seeds()
    until = time.monotonic() + _SECONDS
    done = 0
    for number in range(600):
        if time.monotonic() > until and done >= 100:
            break
        verdict = judge(mutant(parents, number), thoroughly=number % 5 == 0)
        assert not verdict.wrong, f"mutant {number}: {verdict.wrong}"
        done += 1
    assert done >= 100


def test_the_same_seed_makes_the_same_mutant() -> None:
    parents = seeds()
    assert mutant(parents, 42) == mutant(seeds(), 42)
    assert mutant(parents, 42) != mutant(parents, 43)
