"""What became of a mail's directives, in sentences for whoever wrote them (O8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from balcao.notifier.letters import headers
from balcao.shared.events import AnyEnvelope, DirectiveTaken, TicketOpened


def N_(text: str) -> str:  # noqa: N802 - the customary name, by which words are collected for translation
    """Mark words that are translated later, where the reader is known."""
    return text


FOLLOWED = {
    "workspace": N_("Workspace: %(meant)s"),
    "analyst": N_("Analyst: %(meant)s"),
    "priority": N_("Priority: %(meant)s of 100"),
    "type": N_("Type: %(meant)s"),
}
TYPES = {
    "request": N_("request"),
    "question": N_("question"),
    "fix": N_("fix"),
    "quote": N_("quote"),
    "improvement": N_("improvement"),
}
REASONS = {
    "empty": N_("nothing is named"),
    "no_address": N_("this is no e-mail address"),
    "no_whole_number": N_("this is no whole number"),
    "out_of_range": N_("priorities go from 0 to 100"),
    "unknown_type": N_("there is no such type"),
    "repeated": N_("an earlier one counts"),
    "unknown_workspace": N_("there is no such workspace"),
    "archived_workspace": N_("this workspace takes no new requests"),
    "ambiguous": N_("it may be more than one workspace"),
    "not_at_the_desk": N_("nobody at our desk has this address"),
    "overruled": N_("what you wrote in the text goes before the subject"),
}

UNNAMED = N_("it could not be followed")


@dataclass(frozen=True)
class Account:
    """Sentences about what was followed, and about what was not."""

    followed: Sequence[str] = ()
    ignored: Sequence[str] = ()


def account_of(event: AnyEnvelope, gettext: Callable[[str], str]) -> Account:
    """What became of the directives of the mail that opened a ticket; nothing for other events and ordinary mails."""
    if not isinstance(event.data, TicketOpened) or not event.data.directives:
        return Account()
    taken = event.data.directives
    return Account(
        tuple(_followed(one, gettext) for one in taken if one.ignored is None),
        tuple(_ignored(one, gettext) for one in taken if one.ignored is not None),
    )


def _followed(one: DirectiveTaken, gettext: Callable[[str], str]) -> str:
    meant = one.meant or one.given
    name = gettext(TYPES[meant]) if one.kind == "type" and meant in TYPES else headers.one_line(meant)
    return gettext(FOLLOWED[one.kind]) % {"meant": name}


def _ignored(one: DirectiveTaken, gettext: Callable[[str], str]) -> str:
    # A reason that this version has no words for is no reason to keep the mail back.
    reason = gettext(REASONS.get(one.ignored or "", UNNAMED))
    return gettext(N_("%(given)s: %(reason)s")) % {"given": headers.one_line(one.given), "reason": reason}
