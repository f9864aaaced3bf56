"""Where Chromium is, and how it is started here."""

import os
import shutil

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def find_chromium() -> str | None:
    """The program, by the variable BALCAO_CHROMIUM or on the path; none where there is none."""
    return os.environ.get("BALCAO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
