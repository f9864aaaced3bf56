"""How much one client may do at the mail doors: connections at once, mails and recipients a minute."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from balcao.intake.settings import Settings, networks

MOST_REMEMBERED = 10_000
"""Clients that are remembered at once; beyond that the one that was quiet longest is forgotten."""
_IPV6_NET = 64
"""One IPv6 client has a network of its own, of this length."""


def client_net(address: str) -> str:
    """Under which name a client is counted: its IPv4 address, or its IPv6 network of 64 bits."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_NET), strict=False))


@dataclass
class _Allowance:
    """So many a minute, saved up for a minute at most."""

    left: float
    at: float

    def take(self, per_minute: int, now: float) -> bool:
        self.left = min(float(per_minute), self.left + (now - self.at) * per_minute / 60)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class _Client:
    mails: _Allowance
    recipients: _Allowance
    connections: int = 0


class ClientLimits:
    """One per process: several replicas allow as many times more. Clients that are trusted have no limits."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._trusted = networks(settings.smtp_trusted)
        self._clock = clock
        self._clients: OrderedDict[str, _Client] = OrderedDict()

    def trusts(self, address: str) -> bool:
        """Whether this is a server of our own, such as the one that takes mail from the world and hands it on."""
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in net for net in self._trusted)

    def connect(self, address: str) -> bool:
        """Whether the client may open one more connection, which counts until `disconnect`."""
        if self.trusts(address):
            return True
        client = self._client(address)
        if client.connections >= self._settings.smtp_client_connections:
            return False
        client.connections += 1
        return True

    def disconnect(self, address: str) -> None:
        """A connection that `connect` allowed has ended."""
        client = self._clients.get(client_net(address))
        if client is not None and client.connections > 0:
            client.connections -= 1

    def mail(self, address: str) -> bool:
        """Whether the client may begin one more mail now."""
        if self.trusts(address):
            return True
        return self._client(address).mails.take(self._settings.smtp_client_mails_per_minute, self._clock())

    def recipient(self, address: str) -> bool:
        """Whether the client may name one more recipient now."""
        if self.trusts(address):
            return True
        return self._client(address).recipients.take(self._settings.smtp_client_recipients_per_minute, self._clock())

    def _client(self, address: str) -> _Client:
        net = client_net(address)
        found = self._clients.get(net)
        if found is None:
            now, most = self._clock(), self._settings
            found = self._clients[net] = _Client(
                _Allowance(most.smtp_client_mails_per_minute, now),
                _Allowance(most.smtp_client_recipients_per_minute, now),
            )
            self._forget_the_quietest()
        self._clients.move_to_end(net)
        return found

    def _forget_the_quietest(self) -> None:
        """Those with a connection stay: how many connections there are is bounded by itself."""
        while len(self._clients) > MOST_REMEMBERED:
            quiet = next((net for net, one in self._clients.items() if one.connections == 0), None)
            if quiet is None:
                return
            del self._clients[quiet]
