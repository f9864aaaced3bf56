"""What GitHub, Jira and Trello send, in the shapes that they document, cut to what matters and some of the rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def github(
    action: str,
    *,
    minute: int = 0,
    state: str = "open",
    state_reason: str | None = None,
    labels: list[str] | None = None,
    body: str | None = None,
    number: int = 12,
) -> dict[str, Any]:
    """An `issues` event."""
    at = (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
    user = {"login": "octocat", "id": 1, "type": "User"}
    return {
        "action": action,
        "issue": {
            "url": f"https://api.github.com/repos/octo/site/issues/{number}",
            "html_url": f"https://github.com/octo/site/issues/{number}",
            "id": 444500041,
            "node_id": "MDU6SXNzdWU0NDQ1MDAwNDE=",
            "number": number,
            "title": "Banner quebrado no celular",
            "user": user,
            "labels": [{"id": n, "name": name, "color": "d73a4a"} for n, name in enumerate(labels or [])],
            "state": state,
            "state_reason": state_reason,
            "locked": False,
            "assignee": None,
            "comments": 0,
            "created_at": BEGIN.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "updated_at": at,
            "closed_at": at if state == "closed" else None,
            "body": body,
        },
        "repository": {"id": 186853002, "name": "site", "full_name": "octo/site", "private": True},
        "sender": user,
    }


def jira(event: str, *, status: str, category: str, minute: int = 0, description: str | None = None) -> dict[str, Any]:
    """A webhook about an issue, as Jira Cloud sends it."""
    at = BEGIN + timedelta(minutes=minute)
    return {
        "timestamp": int(at.timestamp() * 1000),
        "webhookEvent": event,
        "issue_event_type_name": "issue_generic",
        "user": {"accountId": "99:27935d01", "displayName": "Bryan", "active": True},
        "issue": {
            "id": "10002",
            "self": "https://farol.atlassian.net/rest/api/2/issue/10002",
            "key": "SITE-7",
            "fields": {
                "summary": "Página de inverno",
                "description": description,
                "issuetype": {"name": "Task", "subtask": False},
                "project": {"id": "10000", "key": "SITE", "name": "Site"},
                "updated": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
                "status": {
                    "self": "https://farol.atlassian.net/rest/api/2/status/3",
                    "name": status,
                    "id": "3",
                    "statusCategory": {"id": 4, "key": category, "colorName": "yellow", "name": status},
                },
            },
        },
        "changelog": {"id": "10124", "items": [{"field": "status", "fromString": "Open", "toString": status}]},
    }


def trello(
    kind: str,
    *,
    minute: int = 0,
    list_name: str | None = None,
    before: str | None = None,
    after: str | None = None,
    desc: str | None = None,
) -> dict[str, Any]:
    """An action on a board's card. Of a deleted one not even the name is told."""
    card: dict[str, Any] = {"id": "59bc8e2d", "idShort": 4, "shortLink": "H0TZyzbK"}
    card |= {"name": "Banner de Natal"} if kind != "deleteCard" else {}
    card |= {"desc": desc} if desc is not None else {}
    data: dict[str, Any] = {"board": {"id": "597f3c85", "name": "Criação", "shortLink": "CGKHU6vL"}, "card": card}
    if list_name is not None:
        data["list"] = {"id": f"list-{list_name}", "name": list_name}
    if before is not None and after is not None:
        data["listBefore"] = {"id": f"list-{before}", "name": before}
        data["listAfter"] = {"id": f"list-{after}", "name": after}
        data["old"] = {"idList": f"list-{before}"}
    return {
        "model": {"id": "597f3c85", "name": "Criação", "url": "https://trello.com/b/CGKHU6vL/criacao"},
        "action": {
            "id": f"59bc8e2d-{minute:04d}",
            "idMemberCreator": "50e853a3",
            "type": kind,
            "date": (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.244Z"),
            "data": data,
            "memberCreator": {"id": "50e853a3", "username": "ana"},
        },
    }
