"""Which files belong to a ticket as somebody sees it."""

from balcao.portal_api.domain.files_of import find_file
from balcao.portal_api.domain.media_type import media_type

FILE = {"file_id": "mail:m1/2", "name": "a.pdf", "media_type": "application/pdf", "size": 3}


def test_a_file_is_found_wherever_it_hangs() -> None:
    for ticket in ({"requested_files": [FILE]}, {"timeline": [{"data": {"files": [{"file_id": "x"}, FILE]}}]}):
        found = find_file(ticket, "mail:m1/2")
        assert found is not None
        assert (found.name, found.size) == ("a.pdf", 3)


def test_a_file_that_is_not_in_the_view_is_not_there() -> None:
    assert find_file({"timeline": [{"data": {"text": "mail:m1/2"}}]}, "mail:m1/2") is None
    assert find_file({"requested_files": [FILE]}, "mail:m1/20") is None


def test_a_reference_that_makes_no_sense_is_no_file() -> None:
    assert find_file({"requested_files": [{"file_id": "mail:m1/2", "size": -1}]}, "mail:m1/2") is None


def test_a_media_type_never_breaks_out_of_its_header() -> None:
    assert media_type("Text/HTML; charset=utf-8") == "text/html"
    for odd in ("", "text", "text/html\r\nset-cookie: a=b", "a/b c", "é/x", "x/" + "y" * 99):
        assert media_type(odd) == "application/octet-stream"
