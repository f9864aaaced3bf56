"""Starts `intake`: `python -m balcao.intake`."""

from balcao.intake.app import build
from balcao.intake.settings import Settings
from balcao.shared.settings import load

if __name__ == "__main__":
    build(load(Settings)).run()
