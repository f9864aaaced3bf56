"""A mail's words made safe to show in a page: no script, no form, nothing fetched from elsewhere unless asked for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import nh3

from balcao.intake.domain.limits import LimitExceeded
from balcao.intake.domain.mail import Attachment
from balcao.intake.domain.parse import parse
from balcao.intake.domain.quotes import quote_offset

_MOST_HTML = 1_000_000
_MOST_TAGS = 20_000
_MOST_DEPTH = 400
_NESTED = re.compile(
    r"<(/?)(?:div|span|table|blockquote|font|center|[biuaqs]|em|strong|[uod]l|small|sup|sub)\b", re.IGNORECASE
)

_TAGS = frozenset(
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption"
    " figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong"
    " sub sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_GONE_WITH_CONTENT = frozenset("script style title template noscript iframe object embed svg math xmp textarea".split())
_SIZES = {"width", "height"}
_CELL = {"colspan", "rowspan", "align", "valign", "bgcolor", *_SIZES}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", *_SIZES},
    "font": {"color", "face", "size"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", *_SIZES},
    "td": _CELL,
    "th": _CELL,
    "tr": {"align", "valign", "bgcolor"},
    "col": {"span", "width"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "div": {"align"},
    "p": {"align"},
    "hr": {"width", "size", "align"},
    "blockquote": {"type"},
}
_STYLES = frozenset(
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right"
    " border-spacing border-style border-top border-width color direction font-family font-size font-style font-"
    " weight height line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-width"
    " padding padding-bottom padding-left padding-right padding-top text-align text-decoration text-indent text-"
    " transform vertical-align white-space width word-break word-wrap overflow-wrap".split()
)
# Comments and escapes hide words from whoever looks for them; nothing honest in a mail's style needs them.
_STYLE_THAT_FETCHES = re.compile(
    r"url|image|expression|import|behaviou?r|binding|javascript|attr\(|var\(|\\|/\*|@|<", re.IGNORECASE
)
_LINKS = frozenset({"http", "https", "mailto", "tel"})
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s]", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]{1,200000}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SafeBody:
    """What may be shown. `blocked_images` counts pictures that would be fetched from elsewhere."""

    text: str
    html: str
    quote_at: int | None
    """Where in `text` quoted words or a signature begin."""
    is_html_made: bool
    """Whether the HTML was made from the text, since the mail brought none."""
    blocked_images: int


def safe_body(raw: bytes, *, files: str, remote_images: bool) -> SafeBody | None:
    """Both forms of a mail's words; none when it can't be read.

    `files` stands before an attachment's part in the address of a picture that travels with the mail (`cid:`).
    """
    try:
        mail = parse(raw)
    except LimitExceeded:
        return None
    html, blocked = safe_html(mail.html, mail.attachments, files=files, remote_images=remote_images)
    is_made = not html.strip()
    return SafeBody(
        text=mail.text,
        html=text_as_html(mail.text) if is_made else html,
        quote_at=quote_offset(mail.text),
        is_html_made=is_made,
        blocked_images=blocked,
    )


def safe_html(
    source: str, attachments: tuple[Attachment, ...] = (), *, files: str = "", remote_images: bool = False
) -> tuple[str, int]:
    """HTML from a stranger with only what is harmless left in it, and how many remote images were left out."""
    if not source or source.count("<") > _MOST_TAGS or _is_too_deep(source):
        return "", 0  # what takes a browser minutes to lay out is shown as text
    images = _Images(attachments, files, remote_images)
    cleaned = nh3.clean(
        source[:_MOST_HTML],
        tags=set(_TAGS),
        clean_content_tags=set(_GONE_WITH_CONTENT),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_filter(images),
        link_rel="noopener noreferrer nofollow",
        url_schemes={*_LINKS, "data", "cid"},
        filter_style_properties=set(_STYLES),
        set_tag_attribute_values={"a": {"target": "_blank"}, "img": {"referrerpolicy": "no-referrer"}},
    )
    return cleaned, images.blocked


def _is_too_deep(source: str) -> bool:
    depth = 0
    for match in _NESTED.finditer(source):
        depth += -1 if match[1] else 1
        if depth > _MOST_DEPTH:
            return True
        depth = max(depth, 0)
    return False


def text_as_html(text: str) -> str:
    """A text as HTML that shows it line by line."""
    paragraphs = escape(text).split("\n\n")
    return "".join(f"<p>{one.replace(chr(10), '<br>')}</p>" for one in paragraphs if one.strip())


class _Images:
    """Decides on pictures, and counts those that are left out."""

    def __init__(self, attachments: tuple[Attachment, ...], files: str, remote: bool) -> None:
        self._by_id = {one.content_id.lower(): one for one in attachments if one.content_id}
        self._by_name = {one.name.lower(): one for one in attachments}
        self._files = files
        self._remote = remote
        self.blocked = 0

    def source(self, value: str) -> str | None:
        """Where the picture is fetched from; none when it isn't."""
        given = value.strip()
        lowered = given.lower()
        if lowered.startswith("cid:"):
            found = self._by_id.get(lowered[4:]) or self._by_name.get(lowered[4:].partition("@")[0])
            is_image = found is not None and found.media_type.startswith("image/") and "svg" not in found.media_type
            return f"{self._files}/{found.part}" if found is not None and is_image else None
        if _DATA_IMAGE.match(given):
            return given
        if not re.match(r"(?:https?:)?//", lowered):
            return None
        if self._remote and lowered.startswith(("http://", "https://")):
            return given
        self.blocked += 1
        return None


def _filter(images: _Images) -> Callable[[str, str, str], str | None]:
    def one(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return images.source(value)
        if name == "href":
            return value if _SAFE_LINK.match(value.strip()) else None
        if name == "style":
            return ";".join(part for part in value.split(";") if not _STYLE_THAT_FETCHES.search(part)) or None
        return value

    return one
