"""A name server with TXT records that a test gives it, over UDP and TCP as real ones are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.exception import TooBig

_MOST_OVER_UDP = 512
_IN_A_STRING = 255


class NameServer(asyncio.DatagramProtocol):
    """Knows the texts below each name; without any it says that there is no such name."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.is_silent = False
        self.asked_over_tcp = 0
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> str:
        """Where it is, as settings have it."""
        return f"127.0.0.1:{self.port}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer; what doesn't fit into a datagram is cut, so that the asker comes again over TCP."""
        if self.is_silent or self._transport is None:
            return
        answer = self._answer(data)
        try:
            wire = answer.to_wire(max_size=_MOST_OVER_UDP)
        except TooBig:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
            wire = answer.to_wire()
        self._transport.sendto(wire, addr)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question over TCP."""
        self.asked_over_tcp += 1
        question = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
        wire = self._answer(question).to_wire()
        writer.write(len(wire).to_bytes(2) + wire)
        await writer.drain()
        writer.close()

    def _answer(self, question: bytes) -> dns.message.Message:
        asked = dns.message.from_wire(question)
        answer = dns.message.make_response(asked)
        name = asked.question[0].name
        texts = self.texts.get(name.to_text(omit_final_dot=True), [])
        if not texts:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            return answer
        records = (" ".join(f'"{part}"' for part in _strings(text)) for text in texts)
        answer.answer.append(dns.rrset.from_text(name, 60, dns.rdataclass.IN, dns.rdatatype.TXT, *records))
        return answer


def _strings(text: str) -> list[str]:
    return [text[place : place + _IN_A_STRING] for place in range(0, len(text), _IN_A_STRING)]


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """A running one, on one loopback port for both ways."""
    server = NameServer()
    tcp = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = tcp.sockets[0].getsockname()[1]
    udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", server.port)
    )
    try:
        yield server
    finally:
        udp.close()
        tcp.close()
        await tcp.wait_closed()
