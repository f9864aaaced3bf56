"""Facts about the company's connections to other systems: webhooks (said by `notifier`), trackers (by `workflow`)."""

from balcao.shared.events.envelope import Fact, Party


class ConnectionDisabled(Fact):
    """Base: a connection was switched off because the other side failed for too long; its keepers are told."""

    connection_id: str
    name: str
    reason: str = ""
    keepers: tuple[Party, ...] = ()
    """Those who set it up or changed it last."""


class WebhookDisabled(ConnectionDisabled):
    """A webhook was switched off: its server failed for three days, or said that it is gone."""

    type = "webhook.disabled.v1"


class TrackerDisabled(ConnectionDisabled):
    """What is told to a tracker was switched off: its server failed for three days."""

    type = "tracker.disabled.v1"
