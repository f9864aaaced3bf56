"""A notifier as a process of its own, to be killed: `python -m tests.integration.notifier.process <bus prefix>`."""

import sys

from balcao.notifier.app import build
from balcao.notifier.settings import Settings
from balcao.shared.settings import load
from tests.integration.notifier.running import a_bus

if __name__ == "__main__":
    settings = load(Settings)
    build(settings, a_bus(settings.amqp_url, sys.argv[1])).run()
