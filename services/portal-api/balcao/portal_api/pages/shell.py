"""What every page stands in: templates, language, times, the visitor's place, redirects and error pages."""

import gzip
import math
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from balcao.portal_api import language as languages
from balcao.portal_api.assets import Assets
from balcao.portal_api.companies import Companies
from balcao.portal_api.domain.access import require_desk, require_team, works_at_desk
from balcao.portal_api.domain.local_path import local_path
from balcao.portal_api.edge import page_policy
from balcao.portal_api.gate import Gate, NotFromOurPages, Visitor
from balcao.portal_api.language import Language
from balcao.portal_api.live import now_ms
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.marks import Marks
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.rows import Row
from balcao.shared import clock
from balcao.shared.errors import Condition, NotFound, NotSignedIn, TooMany
from balcao.shared.events import CompanyProfile
from balcao.shared.tokens import Acting

THEME_COOKIE = "balcao_theme"
THEMES = ("light", "dark")
_COMPRESS_FROM = 1400
_ROWS_KEPT = 2_000
"""Lines of the list, some three kilobytes each."""
_TICKET_AT_DESK = re.compile(r"/[^/]+/desk/tickets/(\d{1,9})(?:/info|/history)?")
_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)\]])")


@dataclass(frozen=True)
class Place:
    """Where a request stands: its company and, once signed in, its visitor. What a page needs besides its data."""

    request: Request
    company: CompanyProfile
    visitor: Visitor
    since: int = field(default_factory=now_ms)
    """When its data began to be asked for: what is said later, an open page hears (milliseconds since 1970)."""

    @property
    def acting(self) -> Acting:
        """Who is acting."""
        return self.visitor.acting

    @property
    def root(self) -> str:
        """Where the company's addresses begin."""
        return f"/{self.company.slug}"

    def desk(self, path: str, **query: Any) -> str:
        """An address of the desk."""
        return f"{self.root}/desk{path}" + (f"?{urlencode(query)}" if query else "")

    def my(self, path: str, **query: Any) -> str:
        """An address of the portal."""
        return f"{self.root}/my{path}" + (f"?{urlencode(query)}" if query else "")


class Shell:
    """Finds a request's place and renders pages."""

    def __init__(self, gate: Gate, companies: Companies, assets: Assets) -> None:
        self.gate = gate
        self.companies = companies
        self._assets = assets

    @cached_property
    def _languages(self) -> dict[str, Language]:
        return languages.load_languages()

    @cached_property
    def _templates(self) -> dict[str, Environment]:
        return {code: self._environment(one) for code, one in self._languages.items()}

    # places

    async def company(self, slug: str) -> CompanyProfile:
        """The company in an address. Raises `NotFound`."""
        company = await self.companies.by_slug(slug)
        if company is None:
            raise NotFound("no such page or resource")
        return company

    async def place(self, request: Request, slug: str) -> Place:
        """The visitor's place in this company.

        Raises `NotSignedIn` without a session, and `NotFound` for somebody of another company: to them it is not there.
        """
        visitor = await self.gate.page_visitor(request)
        company = await self.companies.by_slug(slug)
        if company is None or company.id != visitor.acting.company_id:
            raise NotFound("no such page or resource")
        return Place(request, company, visitor)

    async def team_place(self, request: Request, slug: str) -> Place:
        """A place at the desk; to guests it does not exist."""
        place = await self.place(request, slug)
        require_team(place.acting)
        return place

    async def desk_place(self, request: Request, slug: str) -> Place:
        """A place at the desk for those who may act on tickets."""
        place = await self.place(request, slug)
        require_desk(place.acting)
        return place

    async def home(self, visitor: Visitor) -> str | None:
        """Where a visitor begins: the desk for the team, the portal for guests."""
        return await self.home_of(visitor.acting)

    async def home_of(self, acting: Acting) -> str | None:
        """`home` for somebody who has just signed in."""
        company = await self.companies.by_id(acting.company_id)
        if company is None:
            return None
        if not acting.is_team:
            return f"/{company.slug}/my/tickets"
        return f"/{company.slug}/desk"

    # rendering

    def language(self, request: Request, visitor: Visitor | None, company: CompanyProfile | None) -> Language:
        """The language to answer in."""
        code = languages.choose(
            request.cookies.get(languages.COOKIE),
            visitor.acting.locale if visitor else None,
            request.headers.get("accept-language"),
            company.locale if company else None,
        )
        return self._languages[code]

    def words(self, place: Place) -> Language:
        """The language of a place."""
        return self.language(place.request, place.visitor, place.company)

    def moments(self, place: Place) -> Moments:
        """Times for a place, as of now."""
        return Moments(self.words(place), place.company.time_zone, clock.now())

    def page(self, place: Place, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page for somebody who is signed in."""
        acting = place.acting
        context = {
            "place": place,
            "me": acting,
            "may_act": works_at_desk(acting),
            "at": self.moments(place),
            "csrf": self.gate.token(place.visitor),
            "since": place.since,
            # For the editor, which writes two rules of style into the page.
            "nonce": secrets.token_urlsafe(16),
            **context,
        }
        return self._render(place.request, self.words(place), place.company, template, status, context)

    def open_page(
        self, request: Request, company: CompanyProfile | None, template: str, *, status: int = 200, **context: Any
    ) -> Response:
        """A page for anybody: sign-in and errors."""
        language = self.language(request, None, company)
        return self._render(request, language, company, template, status, {"me": None, **context})

    async def error_page(self, request: Request, error: Condition, status: int) -> Response:
        """What a person sees instead of the page they wanted. Without a session: the sign-in form. An open page that
        asked for a part of itself gets words instead, never a page to put in its place."""
        slug = request.path_params.get("company") or request.url.path.strip("/").split("/")[0]
        company = await self.companies.by_slug(slug) if slug else None
        if "hx-request" in request.headers:
            return self._refused_in_place(request, company, error, status)
        if isinstance(error, NotSignedIn):
            return self._to_sign_in(request, company)
        language = self.language(request, None, company)
        visitor = await self.gate.visitor_or_none(request)
        home = await self.home(visitor) if visitor else None
        if visitor is not None and not visitor.acting.is_team and (there := _on_portal(request, visitor, company)):
            return self.see(there)
        # Only a company that one belongs to is named: to others it is not there.
        own = company if visitor and company and company.id == visitor.acting.company_id else None
        words = refusal(language, error)
        return self.open_page(
            request, own, "error.html", status=status, error=error, words=words, home=home or "/", code=status
        )

    def see(self, url: str) -> Response:
        """After a form: go on to this page."""
        return RedirectResponse(url, status_code=303)

    def _refused_in_place(
        self, request: Request, company: CompanyProfile | None, error: Condition, status: int
    ) -> Response:
        """What is against it, for the page that stays open with all that was typed; and where to go on, beside it."""
        language = self.language(request, None, company)
        words, link, href = refusal(language, error), "", ""
        here = _open_page_of(request)
        if isinstance(error, NotSignedIn):
            words, link = language.gettext("Your session ended, sign in again."), language.gettext("Sign in")
            href = f"/{company.slug}/sign-in?{urlencode({'next': here})}" if company else "/"
        elif isinstance(error, NotFromOurPages):
            words = language.gettext(
                "You have signed in again since this page was opened. "
                "What you typed stays here: send it from the page opened anew."
            )
            link, href = language.gettext("Open the page anew"), here
        return self.open_page(request, company, "_refused.html", status=status, words=words, link=link, href=href)

    def _to_sign_in(self, request: Request, company: CompanyProfile | None) -> Response:
        if company is None:
            return self.see("/")
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        query = {"next": path} if request.method == "GET" else {"ended": "1"}
        return self.see(f"/{company.slug}/sign-in?{urlencode(query)}")

    def _render(
        self,
        request: Request,
        language: Language,
        company: CompanyProfile | None,
        template: str,
        status: int,
        context: dict[str, Any],
    ) -> Response:
        theme = request.cookies.get(THEME_COOKIE)
        html = (
            self._templates[language.code]
            .get_template(template)
            .render(
                company=company,
                language=language,
                theme=theme if theme in THEMES else None,
                path=request.url.path,
                query=request.query_params,
                **context,
            )
        )
        content = html.encode()
        headers = {"vary": "cookie, accept-language, accept-encoding"}
        if nonce := context.get("nonce"):
            headers["content-security-policy"] = page_policy(nonce)
        if len(content) >= _COMPRESS_FROM and "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, 4)
            headers["content-encoding"] = "gzip"
        return HTMLResponse(content, status_code=status, headers=headers)

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
        marks = Marks(self._assets.url, language.gettext)

        @lru_cache(_ROWS_KEPT)
        def draw_row(row: Row) -> Markup:
            """Of fifty rows that somebody looks at again, nearly all are as they were."""
            drawn: Markup = environment.get_template("_row.html").module.row(row)  # type: ignore[attr-defined]
            return drawn

        environment.globals.update(
            icon=marks.icon,
            avatar=marks.avatar,
            priority=marks.priority,
            stage_pips=marks.stage_pips,
            phase_bar=marks.phase_bar,
            moment=marks.moment,
            time=marks.time,
            tag_chip=marks.tag_chip,
            draw_row=draw_row,
            asset=self._assets.url,
            labels=labels,
            languages=languages.LANGUAGES,
            band=labels.band,
            stages=labels.STAGES,
        )
        environment.filters.update(paragraphs=paragraphs, size=size_in_words)
        environment.tests.update(mine=lambda party, me: bool(party) and party.get("person_id") == me.person_id)
        return environment


def _on_portal(request: Request, visitor: Visitor, company: CompanyProfile | None) -> str | None:
    """Where a requester who follows a colleague's link to the desk finds the same ticket, if it is theirs: there it is
    decided, here nothing is known of it."""
    found = _TICKET_AT_DESK.fullmatch(request.url.path)
    if found is None or request.method != "GET" or company is None or company.id != visitor.acting.company_id:
        return None
    return f"/{company.slug}/my/tickets/{found[1]}"


def _open_page_of(request: Request) -> str:
    """The address of the open page that asked for a part of itself."""
    asked_by = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    return local_path(asked_by.path + (f"?{asked_by.query}" if asked_by.query else "")) or "/"


def refusal(language: Language, error: Condition) -> str:
    """What a condition means, in the reader's language; one we have no words for speaks for itself."""
    if isinstance(error, TooMany) and "retry_after" in error.details:
        minutes = math.ceil(float(error.details["retry_after"]) / 60)
        words = language.ngettext(
            "Too many tries. Try again in %(num)s minute.", "Too many tries. Try again in %(num)s minutes.", minutes
        )
        return words % {"num": minutes}
    known = labels.CONDITIONS.get(error.code)
    return language.gettext(known) if known else error.message


def _with_links(line: str) -> Markup:
    """A line of plain text, escaped, with its web addresses as links: somebody else's, so they learn nothing of us."""
    link = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>')
    parts = _WEB_ADDRESS.split(line)
    return Markup("").join(link.format(part) if at % 2 else part for at, part in enumerate(parts))


def paragraphs(text: str | None) -> Markup:
    """Plain text as paragraphs and line breaks, everything in it escaped; web addresses are links."""
    blocks = (block.strip("\n") for block in (text or "").replace("\r\n", "\n").split("\n\n"))
    shown = [Markup("<br>").join(map(_with_links, block.split("\n"))) for block in blocks if block.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(block) for block in shown)


def size_in_words(size: int | None) -> str:
    """A file's size for people."""
    value = float(size or 0)
    for unit in ("B", "KB", "MB"):
        if value < 1000 or unit == "MB":
            return f"{value:.1f} {unit}" if unit == "MB" and value < 100 else f"{value:.0f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
