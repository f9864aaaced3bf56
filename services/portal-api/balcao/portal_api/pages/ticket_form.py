"""The desk's form of a ticket, as it is read: what was typed is kept, what makes no sense is named by its field."""

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.language import Language
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.attachments import receipts_of
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.people_typed import as_typed, find_people, people_typed
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Invalid
from balcao.shared.events import FileRef

_BAD_CHOICE = labels.CONDITIONS["bad-choice"]
_BAD_DATE = labels.CONDITIONS["bad-date"]
_MOST_TITLE = 300
_FIELD_OF = {
    "unknown-workspace": "workspace_id",
    "unknown-project": "project_id",
    "unknown-person": "analyst_id",
    "unknown-tag": "tags",
    "own-address": "requester",
    "too-many-watchers": "watchers",
    "wait-is-incomplete": "until",
    "time-has-passed": "until",
}
_FIELD_IN_BODY = {"description": "text", "html": "text", "promised_for": "promised_for", "then": "situation"}


@dataclass
class TicketForm:
    """What the form said. `raw` and `tags` are what was typed; the rest is what that means."""

    raw: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    files: list[FileRef] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    """Words about a field that makes no sense, by its name; those about all of it under the empty name."""
    requester: dict[str, str] | None = None
    watchers: list[dict[str, str]] = field(default_factory=list)
    promised_for: str | None = None
    then: dict[str, Any] | None = None

    def text(self, name: str) -> str:
        """What was typed into a field, without the space around it."""
        return self.raw.get(name, "").strip()

    def words(self) -> dict[str, str]:
        """What was asked for: what the editor made, else plain text."""
        if html := self.text("html") or self._html_kept():
            return {"html": html}
        return {"description": _lines(self.raw.get("text", ""))}

    def _html_kept(self) -> str:
        """What an editor made before, while the words are the same and no editor was begun with since."""
        same = _lines(self.raw.get("text", "")) == _lines(self.raw.get("html_of", ""))
        return self.text("html_kept") if same and "html" not in self.raw else ""

    def opening(self) -> dict[str, Any]:
        """As `tickets` takes a new ticket (O11)."""
        body: dict[str, Any] = {"title": self.text("title"), **self._plain(), **self.words()}
        given = {
            "requester": self.requester,
            "workspace_id": self.text("workspace_id"),
            "project_id": self.text("project_id"),
            "analyst_id": self.text("analyst_id"),
            "promised_for": self.promised_for,
            "tags": self.tags,
            "watchers": self.watchers,
            "then": self.then,
        }
        return body | {name: value for name, value in given.items() if value} | self._with_files()

    def draft(self) -> dict[str, Any]:
        """As `tickets` takes a draft: all that a draft's own form has, so that what was emptied is empty."""
        own = {"title": self.text("title"), "workspace_id": self.text("workspace_id") or None}
        files = [one.model_dump(exclude_none=True) for one in self.files]
        return {**own, **self._plain(), **self.words(), "requester": self.requester, "files": files}

    def beside_draft(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """What a draft is given as any ticket is: only what differs from how it is."""
        tags, watchers = list(ticket.get("tags") or ()), ticket.get("watchers") or ()
        there = {str(one.get("address")) for one in watchers}
        wanted = {one["address"] for one in self.watchers}
        analyst = (ticket.get("analyst") or {}).get("person_id")
        edit: dict[str, Any] = {
            "add_tags": [one for one in self.tags if one not in tags],
            "remove_tags": [one for one in tags if one not in self.tags],
            "add_watchers": [one for one in self.watchers if one["address"] not in there],
            "remove_watchers": sorted(there - wanted),
        }
        edit = {name: value for name, value in edit.items() if value}
        if self.text("analyst_id") and self.text("analyst_id") != analyst:
            edit["analyst_id"] = self.text("analyst_id")
        if "project_id" in self.raw and self.text("project_id") != (ticket.get("project_id") or ""):
            edit["project_id"] = self.text("project_id") or None
        if self.promised_for or ticket.get("promised_for"):
            edit["promised_for"] = self.promised_for
        return edit

    def refuse(self, words: Language, error: Condition) -> None:
        """Note what a service has against it, beside the field it is about where that can be told."""
        named = _FIELD_OF.get(error.code, "")
        if isinstance(error, UpstreamRefused) and error.code == "invalid" and not named:
            named = _first_field(error.problem.get("errors"))
        self.errors[named] = refusal(words, error)

    def _plain(self) -> dict[str, Any]:
        return {"kind": self.text("kind") or "request", "priority": int(self.text("priority") or 0)}

    def _with_files(self) -> dict[str, Any]:
        return {"files": [one.model_dump(exclude_none=True) for one in self.files]} if self.files else {}


async def read_ticket_form(form: FormData, shell: Shell, place: Place, upstreams: Upstreams, uploads: Uploads) -> Any:
    """The form of a ticket, whole whatever is wrong with it: see `errors`."""
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    read = TicketForm(given, tags=[one for one in form.getlist("tags") if isinstance(one, str)])
    words = shell.words(place)
    try:
        read.receipts = await receipts_of(form, uploads, place.acting)
        read.files = uploads.accept(place.acting, read.receipts)
    except Invalid as error:
        read.errors["files"] = refusal(words, error)
        read.receipts = []
    _plain_fields(read, words)
    _dates(read, words, shell.moments(place))
    await _people(read, words, place, upstreams)
    return read


def form_of_draft(ticket: dict[str, Any], moments: Moments) -> TicketForm:
    """A draft as its form begins."""
    raw = {
        "title": ticket.get("title") or "",
        "text": ticket.get("requested") or "",
        "html": ticket.get("requested_html") or "",
        "requester": as_typed(ticket.get("requester")),
        "watchers": ", ".join(filter(None, map(as_typed, ticket.get("watchers") or ()))),
        "kind": ticket.get("kind") or "request",
        "priority": str(ticket.get("priority") or 0),
        "workspace_id": ticket.get("workspace_id") or "",
        "project_id": ticket.get("project_id") or "",
        "analyst_id": (ticket.get("analyst") or {}).get("person_id") or "",
        "promised_for": moments.for_input(ticket.get("promised_for")),
    }
    files = [FileRef.model_validate(one) for one in ticket.get("requested_files") or ()]
    return TicketForm(raw, tags=list(ticket.get("tags") or ()), files=files)


def _plain_fields(read: TicketForm, words: Language) -> None:
    if len(read.text("title")) > _MOST_TITLE:
        read.errors["title"] = words.gettext("At most 300 characters.")
    priority = read.text("priority") or "0"
    if not priority.isdigit() or int(priority) > 100 or int(priority) % 5:
        read.errors["priority"] = words.gettext(_BAD_CHOICE)
        read.raw["priority"] = "0"
    if (read.text("kind") or "request") not in labels.KINDS:
        read.errors["kind"] = words.gettext(_BAD_CHOICE)
        read.raw["kind"] = "request"


def _dates(read: TicketForm, words: Language, moments: Moments) -> None:
    moment: dict[str, str | None] = {}
    for name in ("promised_for", "until"):
        try:
            instant = moments.read(read.text(name))
            moment[name] = instant.isoformat() if instant else None
        except ValueError:
            read.errors[name] = words.gettext(_BAD_DATE)
    read.promised_for = moment.get("promised_for")
    status, _, detail = read.text("situation").partition(":")
    if status == "waiting" and detail in labels.CHOOSABLE_WAITS:
        until = moment.get("until")
        read.then = {"status": status, "reason": detail, **({"until": until} if until else {})}
    elif status == "resolved" and detail in labels.CHOOSABLE_METHODS:
        read.then = {"status": status, "method": detail}
    elif status not in ("", "open"):
        read.errors["situation"] = words.gettext(_BAD_CHOICE)


async def _people(read: TicketForm, words: Language, place: Place, upstreams: Upstreams) -> None:
    read.watchers, unclear = people_typed(read.raw.get("watchers", ""))
    if unclear:
        no_address = words.gettext("“%(name)s” has no e-mail address. Write it as Name <address>.")
        read.errors["watchers"] = no_address % {"name": unclear[0][:80]}
    asked, names = people_typed(read.raw.get("requester", ""))
    if len(asked) + len(names) > 1:
        read.errors["requester"] = words.gettext("A ticket has one requester; put the others in copy.")
    elif asked:
        read.requester = asked[0]
    elif names:
        await _by_name(read, names[0], words, place, upstreams)


async def _by_name(read: TicketForm, name: str, words: Language, place: Place, upstreams: Upstreams) -> None:
    found = await find_people(upstreams, place.acting, name)
    exact = [one for one in found if one["name"].casefold() == name.casefold()] or found
    if len(exact) == 1:
        read.requester = {"name": exact[0]["name"], "address": exact[0]["address"]}
        return
    some = words.gettext("Several people are called “%(name)s”. Choose one, or write the e-mail address.")
    nobody = words.gettext("Nobody here is called “%(name)s”. Write the e-mail address, and they become a guest.")
    read.errors["requester"] = (some if exact else nobody) % {"name": name[:80]}


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _first_field(errors: Any) -> str:
    """The form's field that a service's first complaint is about; none if it is about another one."""
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    parts = str(first.get("where", "")).split(".")
    name = parts[1] if len(parts) > 1 else ""
    known = ("title", "requester", "kind", "priority", "workspace_id", "project_id", "analyst_id", "tags", "watchers")
    return _FIELD_IN_BODY.get(name, name if name in known else "")
