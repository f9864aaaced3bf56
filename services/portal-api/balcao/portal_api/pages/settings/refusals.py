"""What a refusal means for a form: words for the whole and beside each field, in the reader's language."""

import re
from itertools import pairwise
from typing import Any

from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.language import Language
from balcao.portal_api.pages.settings.fields import Kept, typed
from balcao.portal_api.pages.shell import refusal
from balcao.portal_api.problems import status_for
from balcao.shared.catalogues import N_
from balcao.shared.errors import Condition

_CONDITIONS: dict[str, tuple[str, str]] = {
    "name-is-taken": ("name", N_("There is one of this name or number already.")),
    "address-is-taken": ("addresses", N_("This address belongs to somebody else.")),
    "address-is-the-companys": ("addresses", N_("%(address)s is one of the company's own addresses.")),
    "cpf-is-taken": ("cpf", N_("This CPF belongs to %(name)s.")),
    "colour-too-pale": ("colour", N_("This colour can hardly be seen on white; %(nearest)s is the nearest that can.")),
    "last-administrator": ("roles", N_("Make somebody else an administrator first.")),
    "person-has-left": ("", N_("Who left can't be invited. Bring them back first.")),
    "person-unreachable": ("", N_("There is no mail address to invite them by.")),
    "has-password": ("", N_("They have a password already and can sign in.")),
    "no-public-url": ("", N_("An invitation is a link: this Balcão needs a public address first (BALCAO_PUBLIC_URL).")),
    "address-is-reachable": ("", N_("No mail came back from this address.")),
    "not-an-image": ("logo", N_("A logo has to be a PNG, JPEG, GIF or WebP image.")),
    "logo-too-big": ("logo", N_("A logo may have at most %(most_pixels)s pixels a side.")),
    "unreadable-table": ("file", N_("The file can't be read as a table.")),
    "unknown-workspace": ("workspace_id", N_("There is no such workspace, or it is archived.")),
    "unknown-tag": ("add_tags", N_("One of these tags is not there any more, or it is archived.")),
    "unknown-placeholder": ("text", N_("Nothing is known of %(unknown)s. Use a blank from the list.")),
    "empty-comment": ("text", N_("It needs some words.")),
    "task-type-taken": ("name", N_("There is a task type of this name already, maybe an archived one.")),
    "bad-task-type": (
        "",
        N_(
            "These phases don't hold together: names differ, the first has work left to do, one at least is done, and "
            "tasks of a removed phase go to one of like kind. The default type can't be archived."
        ),
    ),
    "phase-in-use": ("", N_("There are tasks in a phase: keep its kind, or say where they go if it is removed.")),
    "bad-phase-rule": (
        "",
        N_(
            "This rule can't be: say at least one thing that happens, take phases of one task type, and let an answer "
            "move the task to another phase, one with work left for changes."
        ),
    ),
    "not-our-address": ("", N_("It has to be one of the company's own addresses or domains.")),
    "selector-taken": ("selector", N_("There is a key of this name already; take another one.")),
    "key-in-use": ("", N_("This key signs the domain's mail. Have another one sign first.")),
    "too-many-keys": ("", N_("There are too many keys; drop one first.")),
    "needs-internal": ("types", N_("Some of these are internal: tick that it may get what the team says.")),
    "target-refused": ("url", N_("It has to be an https address on the public internet.")),
    "webhook-not-active": ("", N_("It is paused or switched off. Take it up again first.")),
    "too-many-webhooks": ("", N_("There are as many webhooks as there may be.")),
    "bad-expression": ("", N_("One of the expressions can't be used: %(detail)s")),
    "bad-tracker": ("", N_("These settings don't hold together: %(detail)s")),
    "no-payload": ("payload", N_("This is no message in JSON: it has to begin with { and end with }.")),
    "bad-template": ("", N_("One of the requests can't be used: %(detail)s")),
    "bad-request-form": ("", N_("Look at the fields that are marked. Nothing was saved yet.")),
    "not-mapped": ("", N_("The message does not say what the expressions look for: %(detail)s")),
    "too-many-trackers": ("", N_("There are as many trackers as there may be.")),
    "not-your-reply": ("", N_("Only who wrote it, or an administrator, changes a shared reply.")),
}
"""By the condition's name: the field it is about, and its words."""
_ELSEWHERE: dict[str, str] = {"title": "name"}
_MESSAGES: tuple[tuple[str, str], ...] = (
    (r"greater than or equal to (?P<n>[\d.]+)", N_("At least %(n)s.")),
    (r"less than or equal to (?P<n>[\d.]+)", N_("At most %(n)s.")),
    (r"multiple of (?P<n>\d+)", N_("In steps of %(n)s.")),
    (r"at least 1 (?:character|item)", N_("This is needed.")),
    (r"at most (?P<n>\d+) (?:character|item)", N_("At most %(n)s.")),
    (r"valid integer|as an integer", N_("Write a whole number.")),
    (r"not a time zone", N_("Choose a time zone from the list.")),
    (r"must be later than", N_("Closing comes after opening.")),
    (r"CPF", N_("This is no valid CPF: check its digits.")),
    (r"no state|no holidays", N_("No holidays are known for this state. Leave it empty or choose another one.")),
    (r"isoformat|month must be|day is out of range|day must be", N_("There is no such day.")),
    (r"a reason goes with|reason", N_("Choose why it waits.")),
    (r"no JSON", N_("This is no JSON.")),
    (r"no header", N_("One header a line, as in “Authorization: Bearer …”.")),
)
_FIELD_MESSAGES: dict[str, str] = {
    "addresses": N_("This is no e-mail address."),
    "colour": N_("This is no colour."),
    "day": N_("This is no date."),
    "opens": N_("This is no time."),
    "closes": N_("This is no time."),
}
"""For what does not match its pattern."""


def kept(language: Language, form_id: str, form: FormData, error: Condition) -> Kept:
    """The form to show again."""
    said = _said(error)
    problems = _beside(language, error, said)
    field, words = _CONDITIONS.get(error.code, ("", ""))
    whole = filled_in(language.gettext(words), said) if words else ""
    if error.code == "file-too-large" and "most_bytes" in said:
        field, whole = "logo", language.gettext("At most 100 KB: a logo goes along with every mail.")
    if whole and field:
        problems.setdefault(field, whole)
    if error.code == "invalid" and problems:
        whole = language.gettext("Look at the fields that are marked. Nothing was saved yet.")
    return Kept(
        form=form_id,
        typed=typed(form),
        words=whole or refusal(language, error),
        problems=problems,
        status=status_for(error),
        is_stale=error.code == "stale",
        other_id=str(said.get("id") or said.get("person_id") or ""),
        other_archived=bool(said.get("archived")),
    )


def _said(error: Condition) -> dict[str, Any]:
    return error.problem if isinstance(error, UpstreamRefused) else error.details


def _beside(language: Language, error: Condition, said: dict[str, Any]) -> dict[str, str]:
    """What is wrong with single fields, by the last name in the path that a service gives."""
    found: dict[str, str] = {}
    for one in said.get("errors") or ():
        part, *names = str(one.get("where", "")).split(".")
        if part not in ("body", "query"):
            names = [part, *names]
        named = [part for part in names if not part.isdigit()]
        if not named:
            continue
        at = next((f"{name}.{number}" for name, number in pairwise(names) if number.isdigit()), "")
        words = _in_words(language, named[-1], str(one.get("what", "")))
        for name in filter(None, (_ELSEWHERE.get(named[-1], named[-1]), ".".join(names), at)):
            found.setdefault(name, words)
    return found


def _in_words(language: Language, field: str, what: str) -> str:
    if "pattern" in what and field in _FIELD_MESSAGES:
        return language.gettext(_FIELD_MESSAGES[field])
    for pattern, words in _MESSAGES:
        if match := re.search(pattern, what):
            return filled_in(language.gettext(words), match.groupdict())
    return language.gettext(_FIELD_MESSAGES.get(field, N_("This can't be so; check it.")))


def filled_in(words: str, values: dict[str, Any]) -> str:
    """Words with their gaps filled, as `%(name)s`; a dash where nothing is known."""
    return re.sub(r"%\((\w+)\)s", lambda found: _written(values.get(found[1], "—")), words)


def _written(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
