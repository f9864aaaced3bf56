"""What IMAP servers say, read as values."""

import pytest

from balcao.intake.imap.responses import ProtocolError, Response, Value, fetched, folder_name, found_numbers, quoted


@pytest.mark.parametrize(
    ("line", "literals", "items"),
    [
        (b"* 1 FETCH (UID 7 RFC822.SIZE 12)", (), {b"UID": b"7", b"RFC822.SIZE": b"12"}),
        (b"* 1 fetch (uid 7 Flags (\\Seen $Feito))", (), {b"UID": b"7", b"FLAGS": [b"\\Seen", b"$Feito"]}),
        (b"* 1 FETCH (UID 7 BODY[]<0> NIL)", (), {b"UID": b"7", b"BODY[]<0>": None}),
        (b'* 1 FETCH (BODY[]<0> "a \\"b\\" \\\\" UID 7)', (), {b"UID": b"7", b"BODY[]<0>": b'a "b" \\'}),
        (
            b"* 1 FETCH (BODY[]<0> {9}\r\n UID 7 BODY[HEADER.FIELDS (TO CC)] {0}\r\n)",
            (b"a) (\r\n{3}", b""),
            {b"UID": b"7", b"BODY[]<0>": b"a) (\r\n{3}", b"BODY[HEADER.FIELDS (TO CC)]": b""},
        ),
    ],
    ids=["sizes", "any case", "NIL", "a quoted mail", "literals"],
)
def test_fetched_items_are_read_whatever_their_form(
    line: bytes, literals: tuple[bytes, ...], items: dict[bytes, Value]
) -> None:
    assert fetched(Response(tuple(line.split(b"\r\n")) if literals else (line,), literals)) == items


@pytest.mark.parametrize("line", [b"* 3 EXISTS", b"B5 OK FETCH done", b"* OK FETCH", b"* FLAGS (\\Seen)"])
def test_what_is_no_fetch_is_none(line: bytes) -> None:
    assert fetched(Response((line,))) is None


@pytest.mark.parametrize(
    "line",
    [b"* 1 FETCH", b"* 1 FETCH (UID)", b'* 1 FETCH (UID "7)', b"* 1 FETCH " + b"(" * 100, b"* 1 FETCH (BODY[] {3}"],
    ids=["no items", "half an item", "an open quote", "a deep nest", "a lost literal"],
)
def test_what_no_server_may_say_is_an_error_of_the_protocol(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        fetched(Response((line, b")") if b"{" in line else (line,)))


def test_numbers_are_found_in_every_line_of_a_search() -> None:
    said = [Response((b"* SEARCH 9 3",)), Response((b"* SEARCH 5 (MODSEQ 77)",)), Response((b"B1 OK SEARCH 4",))]

    assert found_numbers(said) == [3, 5, 9]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("INBOX", b'"INBOX"'),
        ("Concluídos", b'"Conclu&AO0-dos"'),
        ("A & B", b'"A &- B"'),
        ("日本語/台北", b'"&ZeVnLIqe-/&U,BTFw-"'),
        ('com "aspas"', b'"com \\"aspas\\""'),
        ("a\r\nB2 LOGOUT", b'"a&AA0ACg-B2 LOGOUT"'),
    ],
)
def test_folder_names_are_sent_in_modified_utf_7(name: str, sent: bytes) -> None:
    """RFC 3501, 5.1.3; no name can end the command it stands in."""
    assert folder_name(name) == sent


@pytest.mark.parametrize("text", ["a\r\nb", "a\0b", "mação"])
def test_what_can_t_be_quoted_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ascii|line ends"):
        quoted(text)


def test_codes_and_words_of_a_response_are_told_apart() -> None:
    response = Response((b"* OK [UIDVALIDITY 1700] numbers are valid",))

    assert response.code(b"UIDVALIDITY") == b"1700"
    assert response.code(b"UIDNEXT") is None
    assert response.text == "numbers are valid"
