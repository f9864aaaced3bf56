"""Plain text from HTML, for mails that bring no text of their own. Never an error."""

import html
import re

from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig

_MOST_CHARACTERS = 400_000
_CONFIG = ParserConfig(css=STRICT_CSS_PROFILE, display_links=False)
_DROPPED = re.compile(r"<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_LINE = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_MANY_BREAKS = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t\xa0]+$", re.MULTILINE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>", re.IGNORECASE)


def html_to_text(source: str) -> str:
    """The words of an HTML document in reading order, block by block."""
    cut = _DECLARATION.sub("", source[:_MOST_CHARACTERS])
    if not cut.strip():
        return ""
    try:
        text = get_text(cut, _CONFIG)
    except Exception:  # deep or broken trees: the words matter more than the layout
        text = _without_tags(cut)
    if not text.strip():
        text = _without_tags(cut)
    return _MANY_BREAKS.sub("\n\n", _TRAILING.sub("", text.replace("\xa0", " "))).strip("\n")


def _without_tags(source: str) -> str:
    return html.unescape(_TAG.sub(" ", _LINE.sub("\n", _DROPPED.sub(" ", source))))
