"""Who one is at the desk: name, language, appearance, keys, what one wants to hear of, the other sessions."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api import language as languages
from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.notice_kinds import GROUPS, kind_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.portal_api.sign_in import SignIn
from balcao.shared.errors import Condition, Unavailable

_WAYS = ("in_app", "mail")


def routes(shell: Shell, upstreams: Upstreams, sign_in: SignIn) -> APIRouter:
    """The page and its forms."""
    router = APIRouter()

    @router.get("/{company}/desk/profile")
    async def show_profile(request: Request, company: str) -> Response:
        """One's own profile."""
        return await _page(shell, upstreams, sign_in, await shell.team_place(request, company))

    @router.post("/{company}/desk/profile/name")
    async def rename(request: Request, company: str) -> Response:
        """Change one's name and the language in which Balcão writes to one."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        name, locale = str(form.get("name", "")).strip(), str(form.get("locale", ""))
        body = {"name": name, "locale": locale if locale in languages.LANGUAGES else None}
        try:
            await upstreams.tickets.patch("/v1/me", place.acting, body, if_match=str(form.get("version", "")))
        except (UpstreamRefused, Unavailable) as error:
            return await _page(shell, upstreams, sign_in, place, error, "you", {"name": name})
        return shell.see(place.desk("/profile", saved="you"))

    @router.post("/{company}/desk/profile/notices")
    async def choose_notices(request: Request, company: str) -> Response:
        """Choose how to hear of what, and whether and when of the work of the day (W17)."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        preferences = await upstreams.notifier.get("/v1/preferences", place.acting)
        changes = _standard(preferences.json()) if "standard" in form else _chosen(form, preferences.json())
        try:
            await upstreams.notifier.patch("/v1/preferences", place.acting, changes, if_match=preferences.etag)
        except (UpstreamRefused, Unavailable) as error:
            return await _page(shell, upstreams, sign_in, place, error, "notices", kept=_ticked(form))
        return shell.see(place.desk("/profile", saved="notices") + "#notices")

    return router


async def _page(
    shell: Shell,
    upstreams: Upstreams,
    sign_in: SignIn,
    place: Place,
    error: Condition | None = None,
    where: str = "",
    typed: dict[str, str] | None = None,
    kept: frozenset[str] | None = None,
) -> Response:
    profile, preferences, others, around = await asyncio.gather(
        upstreams.tickets.get("/v1/me", place.acting),
        upstreams.notifier.get("/v1/preferences", place.acting),
        sign_in.others(place.visitor.session),
        beside(upstreams, place.acting),
    )
    return shell.page(
        place,
        "profile.html",
        status=status_for(error) if error else 200,
        profile={**profile.json(), **(typed or {})},
        groups=_groups(preferences.json(), kept),
        digest=preferences.json()["digest"],
        others=others,
        refused=refusal(shell.words(place), error) if error else None,
        where=where,
        **around,
    )


def _groups(preferences: dict[str, Any], kept: frozenset[str] | None) -> list[tuple[str, list[dict[str, Any]]]]:
    """The kinds of notices under their headings; `kept` is what was ticked in a form that was refused."""
    found: dict[str, list[dict[str, Any]]] = {code: [] for code, _ in GROUPS}
    for one in preferences["kinds"]:
        kind = kind_of(one["kind"])
        ways = one["ways"] if kept is None else [way for way in _WAYS if f"{one['kind']}:{way}" in kept]
        found[kind.group].append({**one, "ways": ways, "words": kind.words})
    return [(words, found[code]) for code, words in GROUPS if found[code]]


def _ticked(form: FormData) -> frozenset[str]:
    return frozenset(name.removeprefix("hear:") for name in form if name.startswith("hear:"))


def _chosen(form: FormData, preferences: dict[str, Any]) -> dict[str, Any]:
    """What the form changes. What it leaves as it is stays unchosen: there a change of the standard still counts."""
    ticked, ways = _ticked(form), {}
    for one in preferences["kinds"]:
        wanted = [way for way in one["possible"] if f"{one['kind']}:{way}" in ticked]
        if sorted(wanted) != sorted(one["ways"]):
            ways[one["kind"]] = wanted
    before, hour = preferences["digest"], str(form.get("hour", ""))
    digest = {**before, "on": "digest" in form}
    if hour.isdigit() and int(hour) < 24:
        digest["hour"] = int(hour)
    return {"ways": ways, **({"digest": digest} if digest != before else {})}


def _standard(preferences: dict[str, Any]) -> dict[str, Any]:
    """Every choice taken back."""
    return {"ways": {one["kind"]: None for one in preferences["kinds"]}, "digest": None}
