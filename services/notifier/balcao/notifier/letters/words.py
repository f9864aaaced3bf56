"""People's words as letters show them: whole or cut, plain or as the HTML they were written in."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from balcao.notifier.letters.layout import plain
from balcao.shared.events import AnyEnvelope, FileRef, TicketOpened, TicketReplied, TicketRequesterReplied

MOST_EXCERPT = 2000
MOST_QUOTED = 4000
MOST_QUOTED_LINES = 60
MOST_HTML = 90_000
"""Characters of an answer and what it quotes, as HTML: Gmail hides what lies behind 102 KB, the frame included."""

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_WEB_ADDRESS = re.compile(r"\bhttps?://(?:(?!&(?:lt|gt|#34|#39);)[^\s<>])+[^\s<>.,;:!?)\]}&]")
"""In escaped text; what ends a sentence does not belong to the address."""
_CUT = " […]"
_PARAGRAPH = '<p dir="auto" style="margin:0 0 14px;text-align:start">'
_CELL = 'style="border:1px solid #cbd2da;padding:6px 10px;text-align:left;vertical-align:top;word-break:normal"'
_HEADING = 'style="margin:20px 0 10px;line-height:1.3;font-size:%dpx"'
_DRESSED = {
    "p": _PARAGRAPH.removesuffix(">"),
    "a": '<a class="link"',
    "blockquote": '<blockquote class="quote" style="margin:0 0 14px;padding:2px 0 2px 16px;'
    'border-left:3px solid #cbd2da;color:#4b5563"',
    "table": '<div style="overflow-x:auto;margin:0 0 14px"><table class="grid" '
    'style="border-collapse:collapse;font-size:15px"',
    "td": f"<td {_CELL}",
    "th": f"<th {_CELL}",
    "ul": '<ul style="margin:0 0 14px;padding-left:24px"',
    "ol": '<ol style="margin:0 0 14px;padding-left:24px"',
    "pre": '<pre style="white-space:pre-wrap;margin:0 0 14px;font-family:Consolas,Menlo,monospace;font-size:14px"',
    "hr": '<hr style="border:0;border-top:1px solid #cbd2da;margin:18px 0"',
    "img": '<img style="max-width:100%;height:auto"',
    "h1": f"<h1 {_HEADING % 22}",
    "h2": f"<h2 {_HEADING % 20}",
    "h3": f"<h3 {_HEADING % 18}",
    "h4": f"<h4 {_HEADING % 16}",
}
"""Mail programs know few style sheets: each tag gets its own."""
_TAG = re.compile(rf"<({'|'.join(_DRESSED)})(?=[ >])")
"""In sanitised HTML, where "<" stands for nothing but tags."""


def words_of(event: AnyEnvelope) -> str:
    """What was said, as the mail shows it: an answer whole, others' words without what they quote and not too long."""
    match event.data:
        case TicketReplied(text=text):
            return plain(text).strip()
        case TicketRequesterReplied(text=text, quote_at=quote_at):
            return excerpt(text[:quote_at])
        case TicketOpened(excerpt=text):
            return excerpt(text)
        case _:
            return ""


def excerpt(text: str, most: int = MOST_EXCERPT) -> str:
    """The beginning of a text, marked where it was cut."""
    shown = plain(text).strip()
    return shown if len(shown) <= most else shown[:most].rstrip() + _CUT


def history(quoted: str, room: int = MOST_QUOTED) -> str:
    """The requester's own words below an answer: at most `room` characters and 60 lines, marked where they were cut."""
    lines = plain(quoted).strip().split("\n")
    shown = "\n".join(lines[:MOST_QUOTED_LINES])
    if len(lines) > MOST_QUOTED_LINES:
        shown = shown[: max(0, room)].rstrip() + _CUT
    return excerpt(shown, room) if room > len(_CUT) else ""


def one_paragraph(text: str, most: int) -> str:
    """The beginning of a text on one line, for previews."""
    shown = " ".join(text[: 4 * most].split())
    return shown if len(shown) <= most else shown[:most].rstrip() + "…"


def paragraphs(text: str) -> Markup:
    """Plain text as HTML paragraphs: blank lines part them, line ends stay, web addresses become links.

    Each finds its own direction of writing.
    """
    escaped = str(escape(plain(text).strip()))
    if "://" in escaped:
        escaped = _WEB_ADDRESS.sub(r'<a class="link" href="\g<0>" rel="noopener">\g<0></a>', escaped)
    parts = [part.replace("\n", "<br>\n") for part in _BLANK_LINES.split(escaped) if part]
    return Markup("".join(f"{_PARAGRAPH}{part}</p>\n" for part in parts))  # noqa: S704 - escaped above


def rich_words_of(event: AnyEnvelope, left_out: Sequence[FileRef] = ()) -> Markup:
    """An answer as the HTML it was written in, dressed for mail programs; empty where it is plain text only.

    `tickets` has sanitised it: the tags are few, and none brings a style. An image that does not go along is not shown.
    """
    if not isinstance(event.data, TicketReplied) or not event.data.html:
        return Markup("")
    html = plain(event.data.html)
    for file in left_out:
        if file.content_id:
            html = re.sub(rf'<img [^>]*src="cid:{re.escape(file.content_id)}"[^>]*>', "", html)
    html = _TAG.sub(lambda tag: _DRESSED[tag[1]], html).replace("</table>", "</table></div>")
    return Markup(html)  # noqa: S704 - sanitised where it came in
