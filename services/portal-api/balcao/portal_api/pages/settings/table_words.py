"""Why a line of a table, or a whole file, was not taken: the words of `tickets` in the reader's language."""

import re

from balcao.portal_api.language import Language
from balcao.portal_api.pages.settings.refusals import filled_in
from balcao.shared.catalogues import N_

_REASONS: tuple[tuple[str, str], ...] = (
    (r"this is no mail address", N_("This is no e-mail address.")),
    (r"this may not be empty|Field required", N_("This is needed.")),
    (r"this is no number", N_("Write a whole number.")),
    (r"this word is not known here", N_("This word is not known here.")),
    (r"more than (?P<n>\d+) characters|at most (?P<m>\d+) characters", N_("This is too long.")),
    (r"(?P<cells>\d+) cells, but only (?P<columns>\d+) columns", N_("%(cells)s cells, but only %(columns)s columns.")),
    (r"(?P<what>.+) is in line (?P<line>\d+) already", N_("%(what)s is in line %(line)s already.")),
    (r"no workspace is called '(?P<name>.*)', nor", N_("No workspace has the name or number %(name)s.")),
    (r"nobody of the team has the address (?P<address>\S+)", N_("Nobody of the team has the address %(address)s.")),
    (r"this CPF belongs to (?P<name>.+)", N_("This CPF belongs to %(name)s.")),
    (r"CPF", N_("This is no valid CPF: check its digits.")),
    (r"belong to several people: (?P<names>.+)", N_("These addresses belong to several people: %(names)s")),
    (r"(?P<address>\S+) belongs to (?P<name>.+)", N_("%(address)s belongs to %(name)s.")),
    (r"(?P<address>\S+) is the company's own", N_("%(address)s is one of the company's own addresses.")),
    (r"an administrator first", N_("Make somebody else an administrator first.")),
    (r"already", N_("There is one of this name or number already.")),
    (r"first line must name the columns; missing: (?P<names>.+)", N_("The first line lacks columns: %(names)s")),
    (r"two columns say the same", N_("Two columns say the same.")),
    (r"at most (?P<n>\d+) rows", N_("At most %(n)s lines at once; part the file.")),
    (r"at most \d+ bytes", N_("The file is too large: at most 1 MB.")),
    (r"this is no text|neither UTF-8", N_("This is no CSV text. Save the table as “CSV UTF-8” and choose that file.")),
    (r"from line (?P<line>\d+) on the quotes", N_("From line %(line)s on the quotation marks don't match up.")),
)


def in_words(language: Language, why: str) -> str:
    """The reason, in the reader's language; one that we have no words for speaks for itself."""
    for pattern, words in _REASONS:
        if found := re.search(pattern, why):
            return filled_in(language.gettext(words), found.groupdict())
    return why
