"""What the notifier hears about mail that came back."""

from balcao.notifier.bounces import Bounces
from balcao.notifier.unreachable import Unreachable
from balcao.shared.bus import Bus
from balcao.shared.events import AddressCleared, AddressReturned, Envelope, MailBounced


def register(bus: Bus, bounces: Bounces, unreachable: Unreachable) -> None:
    """Subscribe the handlers."""

    @bus.on("notifier.take_bounce")
    async def take_bounce(event: Envelope[MailBounced]) -> None:
        """Note on our own mail that it came back, or is late."""
        await bounces.take(event)

    @bus.on("notifier.learn_address")
    async def learn_address(event: Envelope[AddressReturned | AddressCleared]) -> None:
        """Remember which addresses take no mail."""
        await unreachable.learn(event)
