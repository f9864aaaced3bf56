"""Receipts of uploads."""

from typing import Any

import pytest

from balcao.portal_api.domain.conditions import AttachmentExpired, FileEmpty, FileTooLarge
from balcao.portal_api.uploads import MOST_FILE_BYTES, Uploads
from balcao.shared.errors import Invalid
from balcao.shared.tokens import Acting

ANA = Acting(company_id="agencia", person_id="ana", name="Ana", address="ana@agencia.test", roles=("agent",))
BIA = ANA.model_copy(update={"person_id": "bia"})
ELSEWHERE = ANA.model_copy(update={"company_id": "outra"})


class KeptFiles:
    """Stands in for the file store where only the receipt matters."""

    async def put(self, content: bytes) -> str:
        return f"sha256:{len(content):064d}"


@pytest.fixture
def uploads() -> Uploads:
    files: Any = KeptFiles()
    return Uploads(files, "a secret that only this test knows, 32+")


async def test_a_receipt_stands_for_its_file_for_its_owner_alone(uploads: Uploads) -> None:
    receipt = (await uploads.keep(ANA, "C:\\fotos\\praia\u202e.png", "IMAGE/PNG; q=1", b"abc")).receipt

    [file] = uploads.accept(ANA, [receipt])
    assert (file.name, file.media_type, file.size) == ("praia.png", "image/png", 3)
    for stranger in (BIA, ELSEWHERE):
        with pytest.raises(AttachmentExpired):
            uploads.accept(stranger, [receipt])


@pytest.mark.parametrize("forged", ["", "sha256:00", "mail:m1/2", "a.b.c"])
def test_what_is_no_receipt_attaches_nothing(uploads: Uploads, forged: str) -> None:
    with pytest.raises(AttachmentExpired):
        uploads.accept(ANA, [forged])


async def test_empty_and_huge_files_and_too_many_are_refused(uploads: Uploads) -> None:
    with pytest.raises(FileEmpty):
        await uploads.keep(ANA, "a", "", b"")
    with pytest.raises(FileTooLarge):
        await uploads.keep(ANA, "a", "", b"x" * (MOST_FILE_BYTES + 1))
    with pytest.raises(Invalid, match="at most 20"):
        uploads.accept(ANA, ["x"] * 21)
