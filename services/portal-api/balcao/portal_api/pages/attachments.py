"""Files that come with a form: kept at once, carried on by their receipts until the words they belong to are sent."""

from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile

from balcao.portal_api.domain.conditions import FileTooLarge
from balcao.portal_api.uploads import MOST_FILE_BYTES, Uploads
from balcao.shared.events import FileRef
from balcao.shared.tokens import Acting


@dataclass(frozen=True)
class Attached:
    """A file that goes with the words, and the receipt by which it is attached."""

    ref: FileRef
    receipt: str


async def attached(one: UploadFile | str, uploads: Uploads, acting: Acting) -> Attached | None:
    """A file of a form, by its receipt or its bytes; none for a field in which nothing was chosen.

    Raises `FileTooLarge`, `FileEmpty` and, for a receipt, as `Uploads.accept` does.
    """
    receipt = one if isinstance(one, str) else await _keep(one, uploads, acting)
    return Attached(uploads.accept(acting, [receipt])[0], receipt) if receipt else None


async def receipts_of(form: FormData, uploads: Uploads, acting: Acting) -> list[str]:
    """The receipts of a form: of files kept earlier (`receipt`) and of those that come with it (`files`).

    Raises `FileTooLarge` and `FileEmpty`.
    """
    receipts = [one for one in form.getlist("receipt") if isinstance(one, str)]
    chosen = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
    return receipts + [receipt for file in chosen if (receipt := await _keep(file, uploads, acting))]


async def _keep(file: UploadFile, uploads: Uploads, acting: Acting) -> str:
    if not file.filename:
        return ""
    if file.size is not None and file.size > MOST_FILE_BYTES:
        raise FileTooLarge(f"{file.filename}: a file may have at most {MOST_FILE_BYTES // 1024 // 1024} MiB")
    return (await uploads.keep(acting, file.filename, file.content_type or "", await file.read())).receipt
