"""A replica of `intake` with the settings of its environment: `… bus_prefix`."""

import sys

from balcao.intake.app import build
from balcao.intake.settings import Settings
from balcao.shared.settings import load
from tests.integration.intake.running import a_bus

settings = load(Settings)
build(settings, a_bus(settings.amqp_url, sys.argv[1])).run()
