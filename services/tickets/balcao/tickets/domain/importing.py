"""Reading tables of people and workspaces that other programs wrote: encoding and separator are found out, and each
row is taken or refused with its line, its column and the reason. Nothing here knows what the directory holds."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from balcao.tickets.domain.conditions import UnreadableTable
from balcao.tickets.domain.items import Name, folded
from balcao.tickets.domain.people import MOST_ADDRESSES, Cpf, MailAddress
from balcao.tickets.domain.policies import Locale

MOST_BYTES = 1_000_000
MOST_ROWS = 5_000
_MOST_CELL = 2_000
_SEPARATORS = ";,\t"
_ENCODINGS = ("utf-8-sig", "cp1252")
_SEVERAL = ";,|/ \t\n"
"""What may stand between several mail addresses in one cell."""

Kind = Literal["people", "workspaces"]
RowT = TypeVar("RowT", bound=BaseModel)


@dataclass(frozen=True)
class Refusal:
    """Why a row was not taken. The line is as an editor counts them, the first one being 1."""

    line: int
    column: str
    why: str


@dataclass(frozen=True)
class Numbered(Generic[RowT]):
    """A row that makes sense, and the line it begins on."""

    line: int
    row: RowT


@dataclass(frozen=True)
class Table(Generic[RowT]):
    """What a file says."""

    rows: tuple[Numbered[RowT], ...]
    refused: tuple[Refusal, ...]
    encoding: str
    separator: str
    ignored: tuple[str, ...] = ()
    """Columns whose heading is not known."""


def _none_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _addresses(value: object) -> object:
    if not isinstance(value, str):
        return value
    for separator in _SEVERAL[1:]:
        value = value.replace(separator, _SEVERAL[0])
    return tuple(dict.fromkeys(part for part in value.split(_SEVERAL[0]) if part))


def _roles(value: object) -> object:
    if not isinstance(value, str):
        return value
    for separator in _SEVERAL[1:]:
        value = value.replace(separator, _SEVERAL[0])
    words = [folded(part) for part in value.split(_SEVERAL[0]) if part]
    return tuple(dict.fromkeys(_ROLES.get(word, word) for word in words))


def _locale(value: object) -> object:
    return _LOCALES.get(folded(value), value) if isinstance(value, str) else value


_ROLES = {
    "administrador": "admin",
    "administradora": "admin",
    "agente": "agent",
    "atendente": "agent",
    "editor": "agent",
    "produtor": "producer",
    "produtora": "producer",
    "executor": "producer",
}
_LOCALES = {"pt": "pt-BR", "pt-br": "pt-BR", "portugues": "pt-BR", "en": "en", "ingles": "en", "english": "en"}


class PersonRow(BaseModel):
    """A person as a table has them. Columns that are missing or empty leave a known person's values alone."""

    model_config = ConfigDict(frozen=True)

    name: Name
    addresses: Annotated[
        tuple[MailAddress, ...], BeforeValidator(_addresses), Field(min_length=1, max_length=MOST_ADDRESSES)
    ]
    cpf: Annotated[Cpf | None, BeforeValidator(_none_if_empty)] = None
    workspace: Annotated[str | None, BeforeValidator(_none_if_empty)] = None
    roles: Annotated[tuple[Literal["admin", "agent", "producer"], ...], BeforeValidator(_roles)] = ()
    locale: Annotated[Locale | None, BeforeValidator(_locale), BeforeValidator(_none_if_empty)] = None


class WorkspaceRow(BaseModel):
    """A workspace as a table has it, with the people of its row of the team table by mail address."""

    model_config = ConfigDict(frozen=True)

    name: Name
    number: Annotated[Annotated[int, Field(ge=1, le=2**31)] | None, BeforeValidator(_none_if_empty)] = None
    service: Annotated[MailAddress | None, BeforeValidator(_none_if_empty)] = None
    planning: Annotated[MailAddress | None, BeforeValidator(_none_if_empty)] = None


_HEADINGS: dict[type[BaseModel], dict[str, tuple[str, ...]]] = {
    PersonRow: {
        "name": ("nome", "name", "nome completo", "full name"),
        "addresses": ("e-mail", "email", "emails", "e-mails", "endereco", "enderecos", "address", "addresses", "mail"),
        "cpf": ("cpf",),
        "workspace": ("workspace", "cliente", "client", "marca", "brand"),
        "roles": ("papel", "papeis", "funcao", "funcoes", "role", "roles", "perfil"),
        "locale": ("idioma", "lingua", "locale", "language"),
    },
    WorkspaceRow: {
        "name": ("nome", "name", "workspace", "cliente", "client"),
        "number": ("numero", "number", "no", "n"),
        "service": ("atendimento", "service"),
        "planning": ("planejamento", "planning"),
    },
}
_IN_WORDS = {
    "string_pattern_mismatch": "this is no mail address",
    "string_too_short": "this may not be empty",
    "too_short": "this may not be empty",
    "int_parsing": "this is no number",
    "literal_error": "this word is not known here",
}
"""What is wrong with a cell, for whoever sees it in a spreadsheet; the other reasons read well as they are."""
_NEEDED: dict[type[BaseModel], tuple[str, ...]] = {PersonRow: ("name", "addresses"), WorkspaceRow: ("name",)}


def read_people(content: bytes) -> Table[PersonRow]:
    """The people a file names. An address or CPF that comes twice is refused the second time. Raises
    `UnreadableTable`."""
    return _read(content, PersonRow, lambda row: (*row.addresses, *((f"CPF {row.cpf}",) if row.cpf else ())))


def read_workspaces(content: bytes) -> Table[WorkspaceRow]:
    """The workspaces a file names. A name or number that comes twice is refused the second time. Raises
    `UnreadableTable`."""
    return _read(content, WorkspaceRow, lambda row: (folded(row.name), *((str(row.number),) if row.number else ())))


def _read(content: bytes, kind: type[RowT], keys: Callable[[RowT], tuple[str, ...]]) -> Table[RowT]:
    text, encoding = _decoded(content)
    separator = _separator(text)
    lines = _records(text, separator)
    headings, columns, ignored = _columns(lines, kind)
    rows: list[Numbered[RowT]] = []
    refused: list[Refusal] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) + len(refused) >= MOST_ROWS:
            raise UnreadableTable(f"at most {MOST_ROWS} rows at once; part the file", most=MOST_ROWS)
        made = _row(kind, line, cells, columns, headings)
        if isinstance(made, Refusal):
            refused.append(made)
            continue
        twice = next((key for key in keys(made) if key in seen), None)
        if twice is not None:
            refused.append(Refusal(line, headings[columns["name"]], f"{twice} is in line {seen[twice]} already"))
            continue
        seen.update(dict.fromkeys(keys(made), line))
        rows.append(Numbered(line, made))
    return Table(tuple(rows), tuple(refused), encoding, separator, tuple(ignored))


def _decoded(content: bytes) -> tuple[str, str]:
    if len(content) > MOST_BYTES:
        raise UnreadableTable(f"a file may have at most {MOST_BYTES} bytes", most=MOST_BYTES)
    if b"\0" in content:
        raise UnreadableTable("this is no text; export it as CSV (not as a spreadsheet, not in UTF-16)")
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableTable("the file is neither UTF-8 nor Windows-1252; save it as CSV UTF-8")


def _separator(text: str) -> str:
    """The one that parts the heading into most cells."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    counts = {separator: heading.count(separator) for separator in _SEPARATORS}
    return max(_SEPARATORS, key=lambda one: counts[one])


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each begins on: a quoted cell may go on over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableTable(f"from line {begins} on the quotes don't match up ({error})", line=begins) from None
        yield begins, cells
        begins = reader.line_num + 1


def _columns(
    lines: Iterator[tuple[int, list[str]]], kind: type[BaseModel]
) -> tuple[list[str], dict[str, int], list[str]]:
    """The headings as they are written, the place of each field, and the headings nobody knows."""
    headings = next((cells for _, cells in lines if any(cell.strip() for cell in cells)), [])
    known = {word: field for field, words in _HEADINGS[kind].items() for word in words}
    columns: dict[str, int] = {}
    ignored: list[str] = []
    for place, heading in enumerate(headings):
        field = known.get(folded(heading))
        if field is None:
            ignored.append(heading.strip())
        elif field in columns:
            raise UnreadableTable(f"two columns say the same: {headings[columns[field]]!r} and {heading!r}")
        else:
            columns[field] = place
    missing = [field for field in _NEEDED[kind] if field not in columns]
    if missing:
        wanted = {field: list(words) for field, words in _HEADINGS[kind].items()}
        raise UnreadableTable(
            f"the first line must name the columns; missing: {', '.join(wanted[field][0] for field in missing)}",
            headings=wanted,
        )
    return headings, columns, ignored


def _row(
    kind: type[RowT], line: int, cells: list[str], columns: Mapping[str, int], headings: list[str]
) -> RowT | Refusal:
    if len(cells) > len(headings):
        return Refusal(line, "", f"{len(cells)} cells, but only {len(headings)} columns: a separator too many?")
    values: dict[str, Any] = {field: cells[place].strip() for field, place in columns.items() if place < len(cells)}
    too_long = next((field for field, value in values.items() if len(value) > _MOST_CELL), None)
    if too_long is not None:
        return Refusal(line, headings[columns[too_long]], f"more than {_MOST_CELL} characters")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        field = str(problem["loc"][0]) if problem["loc"] else ""
        why = _IN_WORDS.get(problem["type"], problem["msg"]).removeprefix("Value error, ")
        return Refusal(line, headings[columns[field]] if field in columns else field, why)
