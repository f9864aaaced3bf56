"""Starts `workflow`: `python -m balcao.workflow`."""

from balcao.shared.settings import load
from balcao.workflow.app import build
from balcao.workflow.settings import Settings

if __name__ == "__main__":
    build(load(Settings)).run()
