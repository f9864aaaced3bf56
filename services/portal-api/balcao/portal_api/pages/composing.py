"""What stands in a ticket's composer: from its form, from words kept earlier or a saved reply; and what is beside."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import getaddresses
from html import escape
from typing import Any

from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice, BadDate
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.attachments import Attached, receipts_of
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Unavailable
from balcao.shared.events import FileRef
from balcao.shared.ids import new_id

CONFIRMABLE = ("private_words", "file_missing")
"""Warnings that hold an answer back until somebody says that it is meant so."""
_THENS = ("", "waiting", "resolved", "open")


@dataclass(frozen=True)
class Writing:
    """Words on their way, with all that goes along. Private, unless `visible`."""

    text: str = ""
    html: str = ""
    """Of the rich editor; empty where none was at work."""
    visible: bool = False
    attached: tuple[Attached, ...] = ()
    added: tuple[tuple[str, str], ...] = ()
    """Names and addresses of those who get it besides."""
    removed: tuple[str, ...] = ()
    """Addresses of people in copy who get none this time."""
    then: str = ""
    method: str = "answered"
    reason: str = "more_information"
    until: str = ""
    """As typed, in the company's zone."""
    days: int | None = None
    """Business days to wait for an answer where there is no date; none: as many as usual (W4)."""
    close: bool | None = None
    """Whether it is resolved if no answer comes; none: as usual."""
    begun_on: int | None = None
    saved_reply_id: str = ""
    unsent_id: str = ""
    """Which kept words these are, with their revision: they are not unsent any more once these are sent."""
    unsent_revision: int = 0
    own_id: str = ""
    """What is kept while one types, where that is another text than `unsent_id`."""
    own_revision: int = 0
    confirmed: tuple[str, ...] = ()
    once: str = field(default_factory=new_id)
    drafted_from: tuple[int, ...] = ()
    made_of: str = ""
    """Id of the unsent words that what is kept began as."""

    @property
    def files(self) -> list[FileRef]:
        """The files alone."""
        return [one.ref for one in self.attached]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to lose."""
        return not (self.text or self.attached or self.added)

    def fingerprint(self) -> str:
        """Of what a preview shows: what was changed after it has to be looked at again."""
        who = (f"{name}<{address}>" for name, address in self.added)
        parts = (self.text, self.html, *(one.file_id for one in self.files), "+", *who, "-", *self.removed)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def words(self) -> dict[str, Any]:
        """As `tickets` takes what is said, to whom, with which files."""
        body: dict[str, Any] = {"html": self.html} if self.html else {"text": self.text}
        body |= {"visible": self.visible, "files": [one.model_dump(exclude_none=True) for one in self.files]}
        if self.visible and (self.added or self.removed):
            add = [{"name": name, "address": address} for name, address in self.added]
            body["recipients"] = {"add": add, "remove": list(self.removed)}
        if self.begun_on is not None:
            body["begun_on"] = self.begun_on
        return body

    def body(self, moments: Moments) -> dict[str, Any]:
        """As `tickets` takes a comment. Raises `BadDate`."""
        body = self.words()
        if self.then or self.saved_reply_id:
            # What stands in the composer counts, also where it says less than the saved reply.
            body["then"] = self._step(moments) if self.then else None
        if self.confirmed:
            body["confirm"] = list(self.confirmed)
        if self.unsent_id and self.unsent_revision:
            body["unsent"] = {"id": self.unsent_id, "revision": self.unsent_revision}
        if self.saved_reply_id:
            body["saved_reply_id"] = self.saved_reply_id
        return body

    def fields(self) -> list[tuple[str, str]]:
        """As hidden fields of a form that sends it on; `from_form` reads the same from them."""
        one = {
            "text": self.text,
            "html": self.html,
            "visible": "1" if self.visible else "",
            "then": self.then,
            "method": self.method,
            "reason": self.reason,
            "until": self.until,
            "days": "" if self.days is None else str(self.days),
            "close": "" if self.close is None else str(int(self.close)),
            "begun_on": "" if self.begun_on is None else str(self.begun_on),
            "saved_reply_id": self.saved_reply_id,
            "unsent_id": self.unsent_id,
            "unsent_revision": str(self.unsent_revision or ""),
            "own_id": self.own_id,
            "own_revision": str(self.own_revision or ""),
            "once": self.once,
        }
        many = [("receipt", file.receipt) for file in self.attached]
        many += [("add", _written(name, address)) for name, address in self.added]
        many += [("remove", address) for address in self.removed]
        return [(name, value) for name, value in one.items() if value] + many

    def _step(self, moments: Moments) -> dict[str, Any]:
        if self.then == "resolved":
            return {"status": "resolved", "method": self.method}
        if self.then == "open":
            return {"status": "open"}
        try:
            until = moments.read(self.until)
        except ValueError:
            raise BadDate("until: this is no date") from None
        step: dict[str, Any] = {"status": "waiting", "reason": self.reason}
        if until is not None:
            step["until"] = until.isoformat()
        if self.reason == "more_information":
            # Only who waits for an answer waits for days, or is done when none comes; a date says more than days.
            days = self.days if until is None else None
            asked = {"days": days, "close_if_no_answer": self.close}
            step |= {name: value for name, value in asked.items() if value is not None}
        return step


async def from_form(form: FormData, uploads: Uploads, place: Place) -> Writing:
    """The composer's fields. Raises what is against an attachment, and `BadChoice` for what no form of ours offers."""
    receipts = await receipts_of(form, uploads, place.acting)
    refs = uploads.accept(place.acting, receipts)
    # Whoever is offered as in copy and not kept gets none; a script says so by `remove` directly.
    offered = {one for one in form.getlist("offered") if isinstance(one, str)} - set(form.getlist("keep"))
    removed = [one for one in form.getlist("remove") if isinstance(one, str)]
    return Writing(
        text=_text(form, "text").replace("\r\n", "\n").strip(),
        html=_text(form, "html").strip(),
        visible=_text(form, "visible") == "1",
        attached=tuple(Attached(ref, receipt) for ref, receipt in zip(refs, receipts, strict=True)),
        added=read_addresses([one for one in form.getlist("add") if isinstance(one, str)]),
        removed=tuple(dict.fromkeys((*removed, *sorted(str(one) for one in offered)))),
        then=_one_of(form, "then", _THENS, ""),
        method=_one_of(form, "method", labels.CHOOSABLE_METHODS, "answered"),
        reason=_one_of(form, "reason", labels.CHOOSABLE_WAITS, "more_information"),
        until=_text(form, "until"),
        days=_number(form, "days"),
        close=_ticked(form, "close"),
        begun_on=_number(form, "begun_on"),
        saved_reply_id=_text(form, "saved_reply_id"),
        unsent_id=_text(form, "unsent_id"),
        unsent_revision=_number(form, "unsent_revision") or 0,
        own_id=_text(form, "own_id"),
        own_revision=_number(form, "own_revision") or 0,
        confirmed=tuple(one for one in CONFIRMABLE if one in form.getlist("confirm")),
        once=_text(form, "once") or new_id(),
    )


def from_kept(kept: Mapping[str, Any], uploads: Uploads, place: Place, moments: Moments) -> Writing:
    """Words that were kept, as they come from `tickets`."""
    step: Mapping[str, Any] = kept.get("step") or {}
    wait: Mapping[str, Any] = step.get("wait") or {}
    refs = [FileRef.model_validate(one) for one in kept.get("files") or ()]
    return Writing(
        text=str(kept.get("text") or ""),
        html=str(kept.get("html") or ""),
        visible=bool(kept.get("visible")),
        attached=tuple(Attached(one, uploads.receipt(place.acting, one)) for one in refs),
        added=tuple((str(one.get("name") or ""), str(one.get("address") or "")) for one in kept.get("add") or ()),
        removed=tuple(kept.get("remove") or ()),
        then={"resolve": "resolved", "wait": "waiting", "reopen": "open"}.get(str(step.get("command")), ""),
        method=str(step.get("method") or "answered"),
        reason=str(wait.get("reason") or "more_information"),
        until=moments.for_input(wait.get("until")),
        days=step.get("days"),
        close=wait.get("close_if_no_answer"),
        begun_on=kept.get("begun_on"),
        unsent_id=str(kept.get("id") or ""),
        unsent_revision=int(kept.get("revision") or 0),
        drafted_from=tuple(kept.get("drafted_from") or ()),
        made_of=str(kept.get("made_of") or ""),
    )


@dataclass(frozen=True)
class Composer:
    """A composer with what stands beside it."""

    writing: Writing
    recipients: list[dict[str, Any]]
    """Who would get a visible comment now, the requester first; those in `writing.removed` among them."""
    offers: list[Writing]
    """Other words of one's own that are not sent: given back, or drafted from what production handed over (H4)."""
    returned: Mapping[str, str]
    """Why an offer is unsent, by its id."""
    unsent: list[Writing]
    """All words of one's own that are not sent, the ones being written first, as they were kept."""
    kept: bool = False
    """Whether the words were kept earlier and are shown again."""
    alert: str = ""
    """What stands against sending it, in words."""


class Composers:
    """Makes the composer of a ticket's page."""

    def __init__(self, shell: Shell, upstreams: Upstreams, uploads: Uploads) -> None:
        self._shell = shell
        self._upstreams = upstreams
        self._uploads = uploads

    async def of(self, place: Place, number: int, writing: Writing | None = None, alert: str = "") -> Composer:
        """The composer with these words, else with those kept last; `?take=` and `?reply=` bring others in.

        What is kept may be missing when `tickets` does not say now: the page is worth showing all the same.
        """
        query = place.request.query_params
        reply_id = query.get("reply") if place.request.method == "GET" else None
        found, brought = await asyncio.gather(self._unsent(place, number), self._reply(place, number, reply_id))
        moments = self._shell.moments(place)
        items = [from_kept(one, self._uploads, place, moments) for one in found.get("items") or ()]
        revision = int(found.get("revision") or 0)
        own = next((one for one in items if one.unsent_revision == revision), None)
        taken = query.get("take") if place.request.method == "GET" else None
        own = _linked(own, items)
        offered = next((one for one in items if taken and one.unsent_id == taken), None)
        shown = writing or (_beside(offered, own) if offered else own) or Writing()
        if brought is not None:
            shown = _with_reply(shown, brought)
        own_id = own.own_id if own else ""
        if writing is None:
            shown = replace(shown, own_id=own_id, own_revision=revision)
        here = {shown.unsent_id, own_id}
        return Composer(
            writing=shown,
            recipients=_recipients(found, shown),
            offers=[one for one in items if one.unsent_id not in here and not one.is_empty],
            unsent=[one for one in items if not one.is_empty],
            returned={str(one["id"]): str(one["returned"]) for one in found.get("items") or () if one.get("returned")},
            kept=writing is None and not shown.is_empty,
            alert=alert,
        )

    async def _unsent(self, place: Place, number: int) -> dict[str, Any]:
        try:
            return (await self._upstreams.tickets.get(f"/v1/tickets/{number}/unsent", place.acting)).json()
        except (UpstreamRefused, Unavailable):
            return {}

    async def _reply(self, place: Place, number: int, reply_id: str | None) -> dict[str, Any] | None:
        if not reply_id:
            return None
        try:
            path = f"/v1/saved-replies/{reply_id}/rendered"
            return {**(await self._upstreams.tickets.get(path, place.acting, ticket=number)).json(), "id": reply_id}
        except (UpstreamRefused, Unavailable):
            return None


def read_addresses(typed: list[str]) -> tuple[tuple[str, str], ...]:
    """Names and addresses out of what was typed, each address once; `;` separates as well as `,`."""
    found = getaddresses([one.replace(";", ",").replace("\n", ",") for one in typed])
    return tuple({address.lower(): (name.strip(), address) for name, address in found if address}.values())


def _beside(taken: Writing, own: Writing | None) -> Writing:
    """Words that are taken over, with what one was writing already behind them: private, if that was."""
    if own is None or own.is_empty or own.unsent_id == taken.unsent_id:
        return taken
    html = "".join(one.html or _as_html(one.text) for one in (taken, own)) if taken.html or own.html else ""
    return replace(
        taken,
        text=f"{taken.text}\n\n{own.text}".strip(),
        html=html,
        visible=taken.visible and own.visible,
        attached=tuple({one.ref.file_id: one for one in (*taken.attached, *own.attached)}.values()),
        added=tuple({address: (name, address) for name, address in (*taken.added, *own.added)}.values()),
    )


def _as_html(text: str) -> str:
    return f"<div>{'<br>'.join(escape(line) for line in text.splitlines())}</div>" if text else ""


def _linked(own: Writing | None, items: list[Writing]) -> Writing | None:
    """What one is writing, still linked to the words it began as while those are unsent: sending it sends them (H4)."""
    if own is None:
        return None
    own = replace(own, own_id=own.unsent_id, own_revision=own.unsent_revision)
    of = next((one for one in items if own.made_of and one.unsent_id == own.made_of), None)
    if of is None:
        return own
    return replace(own, unsent_id=of.unsent_id, unsent_revision=of.unsent_revision, drafted_from=of.drafted_from)


def _with_reply(writing: Writing, reply: Mapping[str, Any]) -> Writing:
    """A saved reply behind what was written so far."""
    then: Mapping[str, Any] = (reply.get("sets") or {}).get("then") or {}
    html = str(reply.get("html") or "") if not writing.text else ""
    if then.get("status") == "waiting":
        # How the reply waits is one thing: nothing of another wait stays in it.
        writing = replace(writing, until="", days=then.get("days"), close=then.get("close_if_no_answer"))
    text = "\n\n".join(part for part in (writing.text, str(reply.get("text") or "")) if part)
    return replace(
        writing,
        text=text,
        html=html,
        visible=writing.visible or bool(reply.get("visible") and not writing.text),
        saved_reply_id=str(reply["id"]),
        then=str(then.get("status") or writing.then),
        method=str(then.get("method") or writing.method),
        reason=str(then.get("reason") or writing.reason),
    )


def _recipients(found: Mapping[str, Any], writing: Writing) -> list[dict[str, Any]]:
    return [{**one, "kept": one.get("address") not in writing.removed} for one in found.get("recipients") or ()]


def _written(name: str, address: str) -> str:
    return f'"{name.replace(chr(34), "")}" <{address}>' if name else address


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _number(form: FormData, name: str) -> int | None:
    value = _text(form, name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def _ticked(form: FormData, name: str) -> bool | None:
    """Whether a box is ticked before which a hidden `0` stands; none where the form has none."""
    values = form.getlist(name)
    return "1" in values if values else None


def _one_of(form: FormData, name: str, known: tuple[str, ...], otherwise: str) -> str:
    value = _text(form, name) or otherwise
    if value not in known:
        raise BadChoice(f"{name}: choose one of those offered")
    return value
