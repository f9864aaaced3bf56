"""Where a sign-in may lead on to: never to another host."""

import re

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]*")


def local_path(path: str | None) -> str | None:
    """The path when it stays on this site, else none (`//host`, `/\\host`, schemes and control characters do not)."""
    if path and len(path) <= 2000 and "\\" not in path and _LOCAL.fullmatch(path):
        return path
    return None
