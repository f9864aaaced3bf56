"""What the company's own mail server found out about who sent a mail, in words (RFC 8601)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from balcao.shared.catalogues import N_

PROVEN = N_("%(server)s confirmed that it comes from its sender’s domain.")
DISPROVEN = N_("%(server)s says that it does not come from its sender’s domain: the address may be forged.")
UNPROVEN = N_("%(server)s could not tell whether it comes from its sender’s domain.")
RESULTS = {
    "pass": N_("passed"),
    "fail": N_("failed"),
    "softfail": N_("probably forged"),
    "neutral": N_("says nothing"),
    "none": N_("says nothing"),
    "temperror": N_("could not be checked"),
    "permerror": N_("could not be checked"),
    "policy": N_("not accepted"),
    "bestguesspass": N_("probably passed"),
}
METHODS = ("dmarc", "dkim", "spf")


@dataclass(frozen=True)
class Proof:
    """A sentence that says it, and what it follows from."""

    sentence: str
    results: str
    """By method, such as `DMARC: failed · SPF: passed`."""
    is_bad: bool


def proof_of(mail: Mapping[str, Any], gettext: Callable[[str], str]) -> Proof | None:
    """What was found out about a mail, as `intake` and `tickets` carry it; none where no server said anything."""
    said = mail.get("authentication")
    if not said:
        return None
    is_bad = said.get("dmarc") == "fail"
    words = PROVEN if said.get("authenticated") else DISPROVEN if is_bad else UNPROVEN
    found = [(method, said[method]) for method in METHODS if said.get(method)]
    results = " · ".join(f"{method.upper()}: {gettext(RESULTS.get(result, result))}" for method, result in found)
    return Proof(gettext(words) % {"server": said.get("by") or "—"}, results, is_bad)
