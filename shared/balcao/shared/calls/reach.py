"""Where a call may go: the public internet over TLS, and what the operator allows besides. Values only, no I/O."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from balcao.shared.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_URL = 2_000
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal")


class TargetRefused(Invalid):
    """An address that no call may go to."""


class Reach:
    """What may be called. `networks` (such as 10.1.0.0/16) are allowed besides the public internet; where they hold a
    loopback address, plain http is allowed to it."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(one) for one in networks)

    def check(self, url: str) -> None:
        """Refuse an address that can't be called whatever its name leads to. Raises `TargetRefused`.

        What the name leads to is decided when the call is made: it may be another address by then.
        """
        if len(url) > MOST_URL or any(c.isspace() or not c.isprintable() for c in url):
            raise TargetRefused("the address must be a URL without spaces, of at most 2,000 characters")
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise TargetRefused("the address is no URL") from error
        if parts.scheme not in ("https", "http") or not host:
            raise TargetRefused("the address must begin with https:// and name a host")
        if parts.username is not None or parts.password is not None:
            raise TargetRefused("the address may not hold a user name or password")
        if parts.fragment:
            raise TargetRefused("the address may not hold a #fragment")
        literal = _literal(host)
        if literal is not None:
            if not self.allows(literal):
                raise TargetRefused(f"{host} is not on the public internet, and this installation allows no more")
        elif _is_local_name(host) and not self._allows_loopback():
            raise TargetRefused(f"{host} is a name inside this installation's network")
        if parts.scheme == "http" and not (self._allows_loopback() and _names_loopback(host, literal)):
            raise TargetRefused("the address must begin with https://")

    def allows(self, address: Address) -> bool:
        """Whether a call may go to this address."""
        plain = _unwrapped(address)
        if any(plain.version == one.version and plain in one for one in self._networks):
            return True
        return plain.is_global and not plain.is_multicast and not plain.is_reserved and not plain.is_unspecified

    def _allows_loopback(self) -> bool:
        return any(one.is_loopback for one in self._networks)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_local_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith(_LOCAL_NAMES)


def _names_loopback(host: str, literal: Address | None) -> bool:
    return literal.is_loopback if literal is not None else host.lower() == "localhost"


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, where it does: it is the one that is reached in the end."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
