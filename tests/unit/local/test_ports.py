"""Ports of the embedded stack: derived from one base, checked, claimed."""

import os
import socket
from collections.abc import Iterator

import pytest

from balcao.local.errors import PortTaken, StackProblem
from balcao.local.ports import DEFAULT_BASE, HIGHEST, OFFSETS, Ports, claim_free_base


@pytest.fixture
def listening() -> Iterator[int]:
    """A base of which the gateway's port is taken by this very process."""
    claim = claim_free_base()
    with socket.socket() as server:
        server.bind(("127.0.0.1", claim.ports["portal-api"]))
        server.listen()
        yield claim.ports.base
    claim.release()


def test_default_ports_are_the_documented_ones() -> None:
    ports = Ports(DEFAULT_BASE)
    assert {name: ports[name] for name in ("portal-api", "smtp", "catcher", "mongo", "amqp")} == {
        "portal-api": 18080,
        "smtp": 18025,
        "catcher": 18027,
        "mongo": 18017,
        "amqp": 18072,
    }


def test_no_two_processes_share_a_port() -> None:
    assert len(set(OFFSETS.values())) == len(OFFSETS)


@pytest.mark.parametrize("base", [0, 1023, HIGHEST - 99, 65536])
def test_a_base_without_room_is_refused(base: int) -> None:
    with pytest.raises(StackProblem, match="port base"):
        Ports(base)


def test_a_taken_port_is_named_with_its_holder(listening: int) -> None:
    with pytest.raises(PortTaken, match=f"port {listening + 80}, wanted for portal-api.*process {os.getpid()} "):
        Ports(listening).check()


def test_ports_that_are_not_asked_for_may_be_taken(listening: int) -> None:
    Ports(listening).check("mongo", "amqp")


def test_two_runs_side_by_side_get_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    # The same order for both: only the claim keeps the second from taking what the first has.
    monkeypatch.setattr("random.shuffle", lambda _bases: None)
    first = claim_free_base()
    second = claim_free_base()
    try:
        assert first.ports.base != second.ports.base
    finally:
        first.release()
        second.release()
