"""Runs the notifier: `python -m balcao.notifier`."""

from balcao.notifier.app import build
from balcao.notifier.settings import Settings
from balcao.shared.settings import load

if __name__ == "__main__":
    build(load(Settings)).run()
