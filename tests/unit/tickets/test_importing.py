"""Reading tables of people and workspaces: encodings, separators, and where a refusal lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.tickets.domain.conditions import UnreadableTable
from balcao.tickets.domain.importing import MOST_BYTES, MOST_ROWS, read_people, read_workspaces

ROWS = [("João Ávila", "joao@x.test"), ("Zoë, a segunda", "zoe@x.test")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_separator_and_line_ends_are_found_out(encoding: str, separator: str, end: str) -> None:
    lines = [separator.join(("Nome", "E-mail")), *(separator.join((f'"{name}"', at)) for name, at in ROWS)]
    table = read_people((end.join(lines) + end).encode(encoding))
    assert [(one.row.name, one.row.addresses[0]) for one in table.rows] == ROWS
    assert [one.line for one in table.rows] == [2, 3]
    assert (table.refused, table.separator) == ((), separator)


def test_a_cell_of_several_lines_moves_the_line_numbers_behind_it() -> None:
    table = read_people(b'nome;email\n\n"Ana\nMaria";a@x.test\nBia;b@x\nCaio;\n')
    assert [(one.line, one.row.name) for one in table.rows] == [(3, "Ana\nMaria"), (5, "Bia")]
    assert [(one.line, one.column) for one in table.refused] == [(6, "email")]


def test_a_column_too_many_names_the_line() -> None:
    table = read_people(b"nome;email\nAna;a@x.test;sobra\n")
    assert [(one.line, "separator" in one.why) for one in table.refused] == [(2, True)]


def test_what_comes_twice_in_a_file_is_refused_with_the_line_of_the_first() -> None:
    people = read_people(b"nome,email,cpf\nA,a@x.test,52998224725\nB,A@X.test,\nC,c@x.test,529.982.247-25\n")
    assert [(one.line, "line 2" in one.why) for one in people.refused] == [(3, True), (4, True)]
    workspaces = read_workspaces("nome,numero\nCafé,1\ncafe,2\nOutro,1\n".encode())
    assert [one.line for one in workspaces.refused] == [3, 4]


def test_refusals_read_well_for_whoever_sees_the_file_in_a_spreadsheet() -> None:
    table = read_people(b"nome;email;cpf;papel\nA;nada;;\n;b@x.test;;\nC;;;\nD;d@x.test;1;\nE;e@x.test;;chefe\n")
    assert [one.why for one in table.refused] == [
        "this is no mail address",
        "this may not be empty",
        "this may not be empty",
        "a CPF has eleven digits, not all the same",
        "this word is not known here",
    ]


def test_roles_and_languages_are_understood_as_people_write_them() -> None:
    table = read_people("nome;email;papéis;idioma\nA;a@x.test;Administradora/atendente;Inglês\n".encode())
    assert (table.rows[0].row.roles, table.rows[0].row.locale) == (("admin", "agent"), "en")
    wrong = read_people(b"nome;email;papel;idioma\nA;a@x.test;chefe;\nB;b@x.test;;klingon\n")
    assert [one.column for one in wrong.refused] == ["papel", "idioma"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "missing: nome"),
        (b"cidade;pais\na;b\n", "missing: nome"),
        (b"nome;name;email\n", "two columns"),
        (b'nome;email\n"a;b\n', "quotes"),
        ("nome;email\n".encode("utf-16"), "no text"),
        (b"\x81\x8d", "neither UTF-8"),
        (b"nome;email\n" + b"x" * MOST_BYTES, "at most"),
        (b"nome;email\n" + b"a;b\n" * (MOST_ROWS + 1), "at most"),
    ],
    ids=["empty", "other columns", "twice", "open quote", "utf-16", "no encoding", "too large", "too many rows"],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableTable, match=why):
        read_people(content)


@given(st.binary(max_size=400))
def test_whatever_bytes_come_they_are_a_table_or_refused(rest: bytes) -> None:
    """Nothing else is ever raised, and every row that is not empty is accounted for."""
    try:
        table = read_people(b"nome;email\n" + rest)
    except UnreadableTable:
        return
    lines = [row.line for row in table.rows] + [refused.line for refused in table.refused]
    assert all(line >= 2 for line in lines)
