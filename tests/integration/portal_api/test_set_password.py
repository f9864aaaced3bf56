"""`python -m balcao.portal_api set-password`, as an operator uses it."""

import asyncio
import os
import sys

import pytest

from balcao.shared.events import PersonRegistered
from tests.integration.portal_api.running import ANA, SECRET, Gateway, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "outra-lanterna"


async def test_an_operator_sets_a_password_and_old_sessions_end(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)

    code, out, err = await _set(gateway, ANA.addresses[0], NEW)

    assert code == 0, err
    assert "1 session(s) ended" in out
    assert (await ana.get("/api/v1/me")).status_code == 401
    assert (await gateway.sign_in(gateway.stranger(), ANA)).status_code == 401
    assert (await gateway.sign_in(gateway.stranger(), ANA, password=NEW)).status_code == 201


async def test_it_waits_for_an_account_that_is_about_to_be_known(gateway: Gateway) -> None:
    nina = person("nina", "Nina Sá", roles=("agent",))
    setting = asyncio.create_task(_set(gateway, nina.addresses[0], NEW))
    await asyncio.sleep(0.5)
    await gateway.hears(PersonRegistered(person=nina))

    code, _, err = await setting

    assert code == 0, err
    assert (await gateway.sign_in(gateway.stranger(), nina, password=NEW)).status_code == 201


async def test_it_says_what_is_wrong_and_gives_up_in_time(gateway: Gateway) -> None:
    code, _, err = await _set(gateway, "nobody@nowhere.test", NEW, wait="0.5")
    assert code == 1
    assert "Nobody at 'agencia' has this address" in err

    code, _, err = await _set(gateway, ANA.addresses[0], "curta")
    assert code == 1
    assert "8 to 1024 characters" in err


async def _set(gateway: Gateway, address: str, password: str, wait: str = "20") -> tuple[int, str, str]:
    settings = gateway.service.settings
    env = {
        **os.environ,
        "BALCAO_MONGO_URL": settings.mongo_url,
        "BALCAO_DATABASE_PREFIX": settings.database_prefix,
        "BALCAO_AMQP_URL": settings.amqp_url,
        "BALCAO_SERVICE_SECRET": SECRET,
    }
    arguments = (
        "-m",
        "balcao.portal_api",
        "set-password",
        "--company",
        "agencia",
        "--address",
        address,
        "--wait",
        wait,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(f"{password}\n".encode()), 60)
    return process.returncode or 0, out.decode(), err.decode()
