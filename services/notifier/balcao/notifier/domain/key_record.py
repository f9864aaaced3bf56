"""The record of a key in DNS (RFC 6376, 3.6.1): what receivers would make of it."""

from dataclasses import dataclass
from typing import Literal

from balcao.notifier.domain.identity import Key

Standing = Literal["published", "missing", "different", "revoked", "several", "unknown"]


@dataclass(frozen=True)
class Published:
    """What DNS says of a key.

    `standing` is `published` when receivers would find our signatures good; `missing`: there is no record;
    `different`: it is of another key, or for other uses; `revoked`: its key is empty; `several`: there is more than
    one, which receivers take as none; `unknown`: DNS did not answer.
    """

    standing: Standing
    found: tuple[str, ...] = ()
    """The texts that were found, each record's strings joined."""
    is_testing: bool = False
    """It is marked as a test (`t=y`): receivers then treat our mail as if it were unsigned."""


def judged(key: Key, found: tuple[str, ...]) -> Published:
    """What the texts below the key's name mean for mail that it signs."""
    records = tuple(one for one in found if _is_of_a_key(one))
    if not records:
        return Published("different" if found else "missing", found)
    if len(records) > 1:
        return Published("several", found)
    tags = _tags(records[0])
    return Published(_standing(key, tags), found, "y" in _listed(tags.get("t", "")))


def _standing(key: Key, tags: dict[str, str]) -> Standing:
    public = "".join(tags.get("p", "").split())
    if not public:
        return "revoked"
    takes_us = (
        tags.get("v", "DKIM1") == "DKIM1"
        and tags.get("k", "rsa").lower() == "rsa"
        and ("h" not in tags or "sha256" in _listed(tags["h"]))
        and ("s" not in tags or bool({"*", "email"} & set(_listed(tags["s"]))))
    )
    return "published" if takes_us and public == key.public else "different"


def _is_of_a_key(text: str) -> bool:
    return "p" in _tags(text)


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _listed(value: str) -> list[str]:
    return [one.strip().lower() for one in value.split(":")]
