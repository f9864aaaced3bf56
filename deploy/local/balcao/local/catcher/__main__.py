"""Runs the mail catcher: `python -m balcao.local.catcher`, told where by BALCAO_CATCHER_* variables."""

import asyncio
import os
from pathlib import Path

import uvicorn

from balcao.local.catcher.smtp import Reception
from balcao.local.catcher.store import MailStore
from balcao.local.catcher.web import build_app


async def run() -> None:
    """Serve SMTP and HTTP until SIGTERM; mails are kept below BALCAO_CATCHER_FOLDER."""
    store = MailStore(Path(os.environ["BALCAO_CATCHER_FOLDER"]))
    smtp = await asyncio.get_running_loop().create_server(
        Reception(store).session, "127.0.0.1", int(os.environ["BALCAO_CATCHER_SMTP_PORT"])
    )
    config = uvicorn.Config(
        build_app(store),
        host="127.0.0.1",
        port=int(os.environ["BALCAO_CATCHER_HTTP_PORT"]),
        log_level="warning",
        access_log=False,
        # A browser's open connection (or a long poll) must not hold up the end.
        timeout_graceful_shutdown=2,
    )
    async with smtp:
        await uvicorn.Server(config).serve()
    store.close()


if __name__ == "__main__":
    asyncio.run(run())
