"""Starts `intake`: `python -m balcao.intake`; `… doctor` verifies what it keeps, `… ingest PATH` takes in files."""

import sys

from balcao.intake import doctor, ingesting
from balcao.intake.app import build
from balcao.intake.settings import Settings
from balcao.shared.settings import load

if __name__ == "__main__":
    if sys.argv[1:2] == ["doctor"]:
        sys.exit(doctor.main(sys.argv[2:]))
    if sys.argv[1:2] == ["ingest"]:
        sys.exit(ingesting.main(sys.argv[2:]))
    build(load(Settings)).run()
