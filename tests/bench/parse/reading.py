"""How many mails a second the reader takes, on one core, from bytes to facts."""

import time

from balcao.intake.domain.pipeline import Pipeline
from tests.bench.mails import samples
from tests.unit.intake.builders import DIRECTORY, SECRET, a_delivery

_MAILS = 400
_ROUNDS = 3


def reading() -> dict[str, float]:
    """The best of some rounds over realistic mails: CPU time, so that a busy machine does not count."""
    mails = samples(_MAILS, "suporte@agencia.test")
    pipeline, delivery = Pipeline(DIRECTORY, SECRET), a_delivery()
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.process_time()
        for one in mails:
            assert pipeline.take(one.raw, delivery)[0].outcome == "accepted"
        best = min(best, time.process_time() - begun)
    return {"parse.mails_per_s": _MAILS / best, "parse.mean_kb": sum(len(one.raw) for one in mails) / _MAILS / 1024}
