"""Files that come with a form: kept at once, carried on by their receipts until the words they belong to are sent."""

from starlette.datastructures import FormData, UploadFile

from balcao.portal_api.domain.conditions import FileTooLarge
from balcao.portal_api.uploads import MOST_FILE_BYTES, Upload, Uploads
from balcao.shared.tokens import Acting


async def receipts_of(form: FormData, uploads: Uploads, acting: Acting) -> list[str]:
    """The receipts of a form: of files kept earlier (`receipt`) and of those that come with it (`files`).

    Raises `FileTooLarge` for a file that is too large.
    """
    receipts = [one for one in form.getlist("receipt") if isinstance(one, str)]
    chosen = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    return receipts + [(await _keep(file, uploads, acting)).receipt for file in chosen]


async def _keep(file: UploadFile, uploads: Uploads, acting: Acting) -> Upload:
    if file.size is not None and file.size > MOST_FILE_BYTES:
        raise FileTooLarge(f"{file.filename}: a file may have at most {MOST_FILE_BYTES // 1024 // 1024} MiB")
    return await uploads.keep(acting, file.filename or "", file.content_type or "", await file.read())
