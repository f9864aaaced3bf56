"""What must hold for every mail, however broken."""

import time
from dataclasses import dataclass

from bson import encode

from balcao.intake.domain.mail import OUTCOMES
from balcao.intake.domain.parse import extract
from balcao.intake.domain.pipeline import Pipeline
from balcao.intake.domain.reading import Reading, read, read_if_ordinary
from balcao.intake.domain.safe_body import safe_body
from tests.unit.intake.builders import DIRECTORY, SECRET, a_delivery
from tests.unit.intake.test_safe_bodies import harm_in

MOST_S = 2.0
"""CPU seconds for any mail."""
MOST_ORDINARY_S = 0.25
"""CPU seconds for a mail that is read in the service's own process."""

_PIPELINE = Pipeline(DIRECTORY, SECRET, trusted_authserv="mx.agencia.test")


@dataclass(frozen=True)
class Verdict:
    """How a mail was read. `wrong` says what must not be; empty when all holds."""

    outcome: str
    seconds: float
    is_ordinary: bool
    wrong: str = ""


def judge(raw: bytes, *, thoroughly: bool) -> Verdict:
    """Read a mail in every way there is. `thoroughly` also shows it and takes its files out."""
    begun = time.process_time()
    try:
        ordinary = read_if_ordinary(raw, "dora@cliente.test")
        seconds = time.process_time() - begun
        begun = time.process_time()
        reading = read(raw, "dora@cliente.test")
        taken = _PIPELINE.judge(raw, reading, a_delivery())
        whole = time.process_time() - begun
        _check(taken[0].outcome in OUTCOMES and len(taken) == 1, "not exactly one outcome")
        _check(taken[0].rule != "unreadable", f"broke the reader: {taken[0].reason}")
        _check(whole < MOST_S, f"took {whole:.1f} s")
        _check(ordinary is None or seconds < MOST_ORDINARY_S, f"took {seconds:.2f} s in the service's own process")
        _check(ordinary is None or type(ordinary) is type(reading), "read otherwise when ordinary")
        for fact in taken[0].facts:
            fact.model_dump_json()
            encode(fact.model_dump(mode="json"))
        if thoroughly and isinstance(reading, Reading):
            _show(raw, reading)
    except Exception as error:
        return Verdict("raised", time.process_time() - begun, False, f"{type(error).__name__}: {error}"[:300])
    return Verdict(taken[0].outcome, whole, ordinary is not None)


def _show(raw: bytes, reading: Reading) -> None:
    for one in reading.mail.attachments[:5]:
        found = extract(raw, one.part)
        _check(found is not None and found[0] == one, f"file {one.part} can't be taken out")
        _check(found is not None and len(found[1]) == one.size, f"file {one.part} is not as long as was said")
    body = safe_body(raw, files="/f", remote_images=True)
    _check(body is not None and not harm_in(body.html), "a body that could do harm")


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)
