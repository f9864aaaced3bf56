"""People as one types them: `Marina Duarte <marina@cafe.test>, otavio@cafe.test`; and finding them by name."""

import asyncio
import re
from typing import Any

from balcao.portal_api.clients import Upstreams
from balcao.shared.tokens import Acting

Party = dict[str, str]
MOST_FOUND = 8
_BETWEEN = re.compile(r"[,;\n]+")
_NAMED = re.compile(r"^\s*\"?(?P<name>[^<>\"]*)\"?\s*<\s*(?P<address>[^<>\s]+@[^<>\s]+)\s*>\s*$")
_BARE = re.compile(r"^[^<>\s@]+@[^<>\s@]+$")


def people_typed(text: str) -> tuple[list[Party], list[str]]:
    """Who is named with an address, each address once, and the pieces that have none."""
    found: dict[str, Party] = {}
    unclear: list[str] = []
    for piece in (one.strip() for one in _BETWEEN.split(text)):
        named, bare = _NAMED.match(piece), _BARE.match(piece)
        if named or bare:
            address = (named["address"] if named else piece).lower()
            found.setdefault(address, {"name": named["name"].strip()[:200] if named else "", "address": address})
        elif piece:
            unclear.append(piece)
    return list(found.values()), unclear


def as_typed(party: Any) -> str:
    """A party as one would type it; empty for nobody."""
    if not party or not party.get("address"):
        return ""
    return f"{party['name']} <{party['address']}>" if party.get("name") else str(party["address"])


async def find_people(upstreams: Upstreams, acting: Acting, text: str) -> list[Party]:
    """People of the company whose name, or with an @ whose address, begins so: the team first."""
    wanted = text.strip()[:200]
    if not wanted:
        return []
    # By address the service answers the whole company at once, whoever is asked for.
    kinds = ("team",) if "@" in wanted else ("team", "guests")
    answers = await asyncio.gather(
        *(upstreams.tickets.get("/v1/people", acting, who=who, q=wanted, limit=MOST_FOUND) for who in kinds)
    )
    rows = [row for answer in answers for row in answer.json().get("items") or ()]
    found = [
        {"name": str(row["name"]), "address": str(row["addresses"][0]), "team": "1" if row.get("roles") else ""}
        for row in rows
        if row.get("addresses") and row.get("active", True)
    ]
    return found[:MOST_FOUND]
