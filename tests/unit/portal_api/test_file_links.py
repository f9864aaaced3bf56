"""What stands beside a file on a ticket's page."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import balcao.portal_api.pages

TEMPLATES = Path(balcao.portal_api.pages.__path__[0]).parent / "templates"


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_archive_that_no_scanner_can_look_into_says_so(encrypted: bool) -> None:
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    templates.globals.update(_=str, icon=lambda *_: "")
    templates.filters["size"] = str
    archive = {"file_id": "mail:m1/2", "name": "fotos.zip", "size": 40, "encrypted": encrypted}

    page = templates.from_string('{% from "macros.html" import file_link with context %}{{ file_link(file, 7) }}')

    assert (">encrypted<" in page.render(file=archive)) is encrypted
