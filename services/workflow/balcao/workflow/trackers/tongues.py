"""How each kind of tracker is spoken to: GitHub issues, Jira, Trello, and anything that takes JSON by templates.

Each function tells one thing and says how that went; one that finds it done already leaves it so, since anything may
be told twice.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from balcao.shared.calls.outside import Outcome, Request
from balcao.shared.events import TaskSnapshot
from balcao.workflow.domain.expressions import BadExpression, Expression
from balcao.workflow.domain.tracker_mapping import TrackerKind, folded_state
from balcao.workflow.domain.tracker_outbound import Outbound, What, filled
from balcao.workflow.domain.trackers import Tracker
from balcao.workflow.trackers.echoes import Expecting

CREDENTIALS: Mapping[TrackerKind, frozenset[str] | None] = {
    "generic": None,
    "github": frozenset({"token"}),
    "jira": frozenset({"email", "token"}),
    "trello": frozenset({"key", "token"}),
}
"""What each kind wants to be given; of the generic one they are headers."""
_GITHUB_STATES: Mapping[What, tuple[str, str]] = {
    "completed": ("closed", "completed"),
    "cancelled": ("closed", "not_planned"),
    "reopened": ("open", "reopened"),
}
"""Of an issue: its state, and why it is in it."""
_BASES: Mapping[TrackerKind, str] = {"github": "https://api.github.com", "trello": "https://api.trello.com"}


@dataclass(frozen=True)
class Made:
    """What was made there."""

    outside_id: str
    label: str
    url: str


@dataclass
class Talk:
    """One thing to tell, and the way to tell it."""

    tracker: Tracker
    outbound: Outbound
    credentials: Mapping[str, str]
    what: What
    task: TaskSnapshot
    text: str
    """A description, a comment, what was handed over, or why it was given up."""
    state: str
    """The phase in the tracker's words; empty when the company named none."""
    outside_id: str
    label: str
    mark: str
    values: Mapping[str, Any]
    send: Callable[[Request], Awaitable[Outcome]]
    expecting: Expecting
    made: Made | None = field(default=None)

    def request(self, method: str, path: str, body: Any = None) -> Request:
        """A request to the tracker's API."""
        headers = {"content-type": "application/json", **_headers(self.tracker.kind, self.credentials)}
        url = base_url(self.tracker) + path
        return Request(url, orjson.dumps(body) if body is not None else b"", method, headers)

    async def ask(self, method: str, path: str, body: Any = None) -> Outcome:
        """What the tracker's API answers."""
        return await self.send(self.request(method, path, body))

    async def change(self, states: Sequence[str], request: Request) -> Outcome:
        """A request after which the tracker will report these states, in the order in which its mapping reads them."""
        noted = await self.expecting.expect(states)
        outcome = await self.send(request)
        if outcome.status is not None and 400 <= outcome.status < 500:
            await self.expecting.forget(noted)
        return outcome


def base_url(tracker: Tracker) -> str:
    """Where the tracker's API is."""
    given = tracker.outbound.base_url if tracker.outbound is not None else ""
    return (given or _BASES.get(tracker.kind, "")).rstrip("/")


async def tell(talk: Talk) -> Outcome:
    """Tell it. `talk.made` is filled where something was made."""
    return await _TONGUES[talk.tracker.kind](talk)


async def _github(talk: Talk) -> Outcome:
    if talk.what == "created":
        body = {"title": talk.task.title, "body": _with_mark(talk)}
        outcome = await talk.ask("POST", f"/repos/{talk.outbound.project}/issues", body)
        if (answer := _answer(outcome)) is not None:
            label = f"{talk.outbound.project}#{answer.get('number')}"
            talk.made = Made(label, label, str(answer.get("html_url", "")))
        return outcome
    repository, _, number = talk.outside_id.rpartition("#")
    issue = f"/repos/{repository}/issues/{number}"
    if talk.what == "commented":
        return await talk.ask("POST", f"{issue}/comments", {"body": _comment(talk)})
    outcome = await talk.ask("GET", issue)
    found = _answer(outcome)
    if found is None:
        return outcome
    was = str(found.get("state", "")), str(found.get("state_reason"))
    state, reason = _GITHUB_STATES.get(talk.what, was)
    labels = [str(one.get("name", "")) for one in found.get("labels", []) if isinstance(one, dict)]
    # First of all, since while it is open its labels decide what it means.
    if state != was[0] or (state == "closed" and reason != was[1]):
        request = talk.request("PATCH", issue, {"state": state, "state_reason": reason})
        outcome = await talk.change(_github_reports(state, reason, labels), request)
    return await _github_labels(talk, issue, state, reason, labels) if outcome.ok else outcome


async def _github_labels(talk: Talk, issue: str, state: str, reason: str, labels: list[str]) -> Outcome:
    """The phase's label, and none that names another phase: the first that is known here decides."""
    wanted = folded_state(talk.state)
    known = [name for name, meaning in talk.tracker.phases.items() if meaning]
    phases = {folded_state(name) for name in (*talk.outbound.phases.values(), *known)}
    for label in [one for one in labels if folded_state(one) in phases - {wanted}]:
        labels.remove(label)
        request = talk.request("DELETE", f"{issue}/labels/{quote(label, safe='')}")
        outcome = await talk.change(_github_reports(state, reason, labels), request)
        if not outcome.ok and outcome.status != 404:  # somebody took it off already
            return outcome
    if not wanted or wanted in map(folded_state, labels):
        return Outcome(204)
    request = talk.request("POST", f"{issue}/labels", {"labels": [talk.state]})
    return await talk.change(_github_reports(state, reason, [*labels, talk.state]), request)


def _github_reports(state: str, reason: str, labels: Sequence[str]) -> tuple[str, ...]:
    """What the ready mapping reads in a message about such an issue."""
    return (f"{state} as {reason}", *(("closed",) if state == "closed" else ()), *labels, state)


async def _jira(talk: Talk) -> Outcome:
    if talk.what == "created":
        fields = {
            "project": {"key": talk.outbound.project},
            "issuetype": {"name": talk.outbound.issue_type},
            "summary": talk.task.title[:255],
            "description": _with_mark(talk),
        }
        outcome = await talk.ask("POST", "/rest/api/2/issue", {"fields": fields})
        if (answer := _answer(outcome)) is not None:
            key = str(answer.get("key", ""))
            talk.made = Made(str(answer.get("id", "")), key, f"{base_url(talk.tracker)}/browse/{key}")
        return outcome
    issue = f"/rest/api/2/issue/{quote(talk.outside_id, safe='')}"
    if talk.what == "commented":
        return await talk.ask("POST", f"{issue}/comment", {"body": _comment(talk)})
    return await _jira_transition(talk, issue)


async def _jira_transition(talk: Talk, issue: str) -> Outcome:
    """Jira moves by transitions only, and which there are depends on where the issue stands."""
    outcome = await talk.ask("GET", f"{issue}/transitions")
    answer = _answer(outcome)
    if answer is None:
        return outcome
    wanted = folded_state(talk.state or talk.task.phase)
    category = {"todo": "new", "done": "done"}.get(talk.task.phase_kind, "indeterminate")
    if talk.task.state == "cancelled":
        category = "done"
    possible = [
        one for one in answer.get("transitions", []) if isinstance(one, dict) and isinstance(one.get("to"), dict)
    ]
    by_name = [one for one in possible if folded_state(str(one["to"].get("name", ""))) == wanted]
    by_category = [one for one in possible if (one["to"].get("statusCategory") or {}).get("key") == category]
    chosen = next(iter(by_name or ([] if talk.state else by_category)), None)
    if chosen is None:
        names = ", ".join(str(one["to"].get("name", "")) for one in possible)
        return Outcome(422, f"no transition leads to {wanted!r}; there are: {names[:200] or 'none'}")
    to = chosen["to"]
    states = (str(to.get("name", "")), str((to.get("statusCategory") or {}).get("key", "")))
    transition = {"transition": {"id": str(chosen.get("id"))}}
    return await talk.change(states, talk.request("POST", f"{issue}/transitions", transition))


async def _trello(talk: Talk) -> Outcome:
    if talk.what == "created":
        body = {"idList": talk.state or talk.outbound.project, "name": talk.task.title, "desc": _with_mark(talk)}
        outcome = await talk.ask("POST", "/1/cards", body)
        if (answer := _answer(outcome)) is not None:
            label = str(answer.get("shortLink") or answer.get("id", ""))
            talk.made = Made(str(answer.get("id", "")), label, str(answer.get("shortUrl") or answer.get("url", "")))
        return outcome
    card = f"/1/cards/{quote(talk.outside_id, safe='')}"
    if talk.what == "commented":
        return await talk.ask("POST", f"{card}/actions/comments", {"text": _comment(talk)})
    if talk.what == "cancelled":
        return await talk.change(("archived",), talk.request("PUT", card, {"closed": True}))
    change: dict[str, Any] = {"closed": False} if talk.what == "reopened" else {}
    if not talk.state:
        return await talk.ask("PUT", card, change) if change else Outcome(204)
    # Its own message names the list before its id, and by that name it is known again.
    outcome = await talk.ask("GET", f"/1/lists/{quote(talk.state, safe='')}?fields=name")
    answer = _answer(outcome)
    if answer is None:
        return outcome
    states = (str(answer.get("name", "")), talk.state)
    return await talk.change(states, talk.request("PUT", card, {**change, "idList": talk.state}))


async def _generic(talk: Talk) -> Outcome:
    template = talk.outbound.requests.get(talk.what)
    if template is None:
        return Outcome(204)
    quoted = {name: quote(str(value), safe="") if value is not None else "" for name, value in talk.values.items()}
    # A whole text keeps its type, and an address is none of those.
    url = str(filled(template.url + " ", quoted)).rstrip()
    body = b"" if template.body is None else orjson.dumps(filled(template.body, talk.values))
    headers = {"content-type": "application/json", **talk.credentials}
    outcome = await talk.change((talk.state,), Request(url, body, template.method, headers))
    if talk.what == "created" and talk.outbound.id_at and (answer := _answer(outcome)) is not None:
        outside_id = _read(talk.outbound.id_at, answer)
        if outside_id:
            talk.made = Made(outside_id, outside_id, _read(talk.outbound.url_at, answer))
    return outcome


_TONGUES: Mapping[TrackerKind, Callable[[Talk], Awaitable[Outcome]]] = {
    "generic": _generic,
    "github": _github,
    "jira": _jira,
    "trello": _trello,
}


def _headers(kind: TrackerKind, credentials: Mapping[str, str]) -> dict[str, str]:
    if kind == "github":
        version = {"x-github-api-version": "2022-11-28", "accept": "application/vnd.github+json"}
        return {"authorization": f"Bearer {credentials['token']}", **version}
    if kind == "jira":
        pair = f"{credentials['email']}:{credentials['token']}".encode()
        return {"authorization": "Basic " + base64.b64encode(pair).decode()}
    key, token = credentials["key"], credentials["token"]
    return {"authorization": f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'}


def _with_mark(talk: Talk) -> str:
    return f"{talk.text}\n\n{talk.mark}".strip()


def _comment(talk: Talk) -> str:
    actor = talk.values.get("actor")
    return f"{actor}: {talk.text}" if actor else talk.text


def _answer(outcome: Outcome) -> dict[str, Any] | None:
    """The answer to a request that was taken, if it is an object."""
    if not outcome.ok:
        return None
    try:
        found = orjson.loads(outcome.content or b"{}")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _read(text: str, answer: Any) -> str:
    if not text:
        return ""
    try:
        found = Expression(text).of(answer)
    except BadExpression:
        return ""
    return str(found)[:500] if isinstance(found, str | int) else ""
