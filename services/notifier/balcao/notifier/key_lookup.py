"""Asks DNS for the record of a key. Only when somebody wants to know: no mail waits for it."""

import ipaddress

import dns.asyncresolver
import dns.nameserver
import structlog
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, NoResolverConfiguration

from balcao.notifier.domain.identity import Key
from balcao.notifier.domain.key_record import Published, judged

PATIENCE_S = 5.0
_DNS_PORT = 53

_log = structlog.get_logger()


class KeyLookup:
    """Looks keys up, by the machine's own resolvers or by given ones (`address` or `address:port` each)."""

    def __init__(self, servers: tuple[str, ...] = ()) -> None:
        self._servers = tuple(server_address(one) for one in servers)

    async def published(self, key: Key) -> Published:
        """What DNS says of the key now; `unknown` when it does not answer in time."""
        try:
            answer = await self._resolver().resolve(key.dns_name + ".", "TXT", lifetime=PATIENCE_S)
        except (NXDOMAIN, NoAnswer):
            return judged(key, ())
        except (DNSException, OSError) as error:
            _log.warning("key.not_looked_up", name=key.dns_name, reason=str(error) or type(error).__name__)
            return Published("unknown")
        texts = (b"".join(record.strings).decode("ascii", "replace") for record in answer)
        return judged(key, tuple(sorted(texts)))

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """A new one each time, without a memory: who has just published a record wants to see it."""
        if not self._servers:
            try:
                return dns.asyncresolver.Resolver()
            except NoResolverConfiguration as error:
                raise OSError("this machine names no resolver") from error
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*one) for one in self._servers]
        return resolver


def server_address(text: str) -> tuple[str, int]:
    """Address and port of a resolver, as `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`.

    Raises `ValueError`.
    """
    bare, bracket, after = text.removeprefix("[").partition("]")
    if bracket:
        host, port = bare, after.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError(f"{text!r} has no usable port")
    return str(ipaddress.ip_address(host)), int(port or _DNS_PORT)
