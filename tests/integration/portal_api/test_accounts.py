"""Accounts follow the directory: made, renamed and demoted by what the bus says, never by a request."""

import pytest

from balcao.shared.events import PersonRegistered
from tests.integration.portal_api.running import ANA, GINA, Gateway, eventually, person

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_person_of_the_directory_becomes_an_account_without_a_password(empty_gateway: Gateway) -> None:
    await empty_gateway.hears(PersonRegistered(person=GINA, by_mail=True))

    await eventually(lambda: _is_known(empty_gateway, "gina"))

    account = await empty_gateway.account("gina")
    assert account is not None
    assert (account["company_id"], account["addresses"], account["roles"]) == ("agencia", ["gina@cliente.test"], [])
    assert "password_hash" not in account


async def test_an_older_profile_that_comes_late_changes_nothing(gateway: Gateway) -> None:
    newer = ANA.model_copy(update={"name": "Ana Prado Lima", "version": 5})
    await gateway.hears(PersonRegistered(person=newer))
    await eventually(lambda: _is_called(gateway, "ana", "Ana Prado Lima"))

    await gateway.hears(PersonRegistered(person=ANA.model_copy(update={"name": "Ana Antiga", "version": 4})))
    await gateway.hears(PersonRegistered(person=person("last", "Last")))
    await eventually(lambda: _is_known(gateway, "last"))

    assert await _is_called(gateway, "ana", "Ana Prado Lima")


async def test_a_profile_change_keeps_the_password(gateway: Gateway) -> None:
    await gateway.hears(PersonRegistered(person=ANA.model_copy(update={"name": "Ana P.", "version": 2})))
    await eventually(lambda: _is_called(gateway, "ana", "Ana P."))

    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 201


async def test_another_company_cannot_take_over_an_account_by_its_id(gateway: Gateway) -> None:
    stolen = ANA.model_copy(update={"name": "Eva", "addresses": ("eva@outra.test",), "version": 99})
    await gateway.hears(PersonRegistered(person=stolen), "outra")
    await gateway.hears(PersonRegistered(person=person("last", "Last")))
    await eventually(lambda: _is_known(gateway, "last"))

    account = await gateway.account("ana")
    assert account is not None
    assert (account["company_id"], account["name"]) == ("agencia", "Ana Prado")


async def test_a_role_that_is_taken_is_gone_from_open_sessions_at_once(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    assert (await ana.get("/api/v1/tickets")).status_code == 200

    await gateway.hears(PersonRegistered(person=ANA.model_copy(update={"roles": (), "version": 2})))
    await eventually(lambda: _has_no_roles(gateway, "ana"))

    async def is_shut_out() -> bool:
        return (await ana.get("/api/v1/tickets")).status_code == 404

    await eventually(is_shut_out)
    assert (await ana.get("/api/v1/me")).json()["roles"] == []


async def _is_known(gateway: Gateway, id_: str) -> bool:
    return await gateway.account(id_) is not None


async def _is_called(gateway: Gateway, id_: str, name: str) -> bool:
    account = await gateway.account(id_)
    return account is not None and account["name"] == name


async def _has_no_roles(gateway: Gateway, id_: str) -> bool:
    account = await gateway.account(id_)
    return account is not None and account["roles"] == []
