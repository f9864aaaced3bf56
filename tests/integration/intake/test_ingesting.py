"""The command that takes in files: killed in the middle and run again, with a broken mail among them."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.integration.intake.running import Intake, World, eventually
from tests.unit.intake.builders import SECRET, a_mail
from tests.unit.intake.test_mail_files import in_mbox, on_disk

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

MANY = 500


class Command:
    """`python -m balcao.intake ingest …` on the test's database."""

    def __init__(self, mongo_url: str, database_prefix: str, folder: Path) -> None:
        self._folder = folder
        self._env = {
            **os.environ,
            "BALCAO_MONGO_URL": mongo_url,
            "BALCAO_DATABASE_PREFIX": database_prefix,
            "BALCAO_AMQP_URL": "amqp://127.0.0.1:1",
            "BALCAO_SERVICE_SECRET": SECRET,
            "BALCAO_MOST_MAIL_BYTES": "65536",
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """Run it."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "balcao.intake",
            "ingest",
            *arguments,
            cwd=self._folder,
            env=self._env,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )

    async def run(self, *arguments: str, given: bytes = b"") -> tuple[int | None, str]:
        """Run it to its end; the exit code and all that it says."""
        process = await self.start(*arguments)
        out, err = await process.communicate(given)
        return process.returncode, out.decode() + err.decode()


@pytest.fixture
def command(mongo_url: str, database_prefix: str, tmp_path: Path, intake: Intake) -> Command:
    """The command, beside a running service that knows the companies."""
    assert intake is not None
    return Command(mongo_url, database_prefix, tmp_path)


def mail(number: int) -> bytes:
    """One of many."""
    return a_mail(f"pedido {number}\r\n", Message_ID=f"<{number}@cliente.test>")


async def test_an_mbox_is_taken_in_once_though_the_command_is_killed_in_the_middle(
    command: Command, intake: Intake, outside: World, tmp_path: Path
) -> None:
    box = tmp_path / "caixa.mbox"
    box.write_bytes(in_mbox(*map(mail, range(MANY))))
    process = await command.start("caixa.mbox")

    async def is_under_way() -> bool:
        return await intake.mails.count_documents({}) > 40

    await eventually(is_under_way, 60)
    process.kill()
    await process.communicate()
    there = await intake.mails.count_documents({})
    assert there < MANY

    code, said = await command.run("caixa.mbox")
    assert (code, f"{MANY - there} new" in said, f"{there} duplicate, 0 failed" in said) == (0, True, True), said
    assert await intake.mails.count_documents({}) == MANY
    assert await intake.mails.count_documents({"outcome": "accepted"}) == MANY
    await eventually(lambda: len({event.data.message_id for event in outside.heard}) == MANY, 60)


async def test_broken_ones_are_named_and_the_others_taken(
    command: Command, intake: Intake, outside: World, tmp_path: Path
) -> None:
    folder = tmp_path / "soltas"
    folder.mkdir()
    (folder / "1.eml").write_bytes(on_disk(mail(1)))
    (folder / "2.eml").write_bytes(mail(2) + b"x" * 70_000)
    (folder / "3.eml").write_bytes(a_mail(To="alguem@longe.test", Message_ID="<3@cliente.test>"))
    (folder / "4.eml").write_bytes(b"\x00\xff" * 100)
    (folder / "5.eml").write_bytes(mail(1))
    code, said = await command.run("soltas")
    assert code == 1
    assert "1 new (accepted 1), 1 duplicate, 3 failed" in said
    assert "2.eml: larger than 65536 bytes" in said
    assert "3.eml: it names none of our addresses" in said
    code, said = await command.run("soltas/3.eml", "--to", "ola@estudio.test")
    assert (code, "1 new" in said) == (0, True), said
    await eventually(lambda: len(outside.heard) == 2)
    assert sorted(event.companyid for event in outside.heard) == ["agencia", "estudio"]
    assert await intake.counts() == {"accepted": 1, "duplicate": 1}


async def test_mails_come_by_standard_input_too(command: Command, intake: Intake) -> None:
    code, said = await command.run("-", given=in_mbox(mail(1), mail(2)))
    assert (code, "2 new" in said) == (0, True), said
    code, said = await command.run("-", given=mail(3))
    assert (code, "1 new" in said) == (0, True), said
    assert await intake.mails.count_documents({}) == 3


@pytest.mark.parametrize("arguments", [("falta.mbox",), ("-", "--to", "ninguem@agencia.test")])
async def test_a_request_that_makes_no_sense_is_refused(command: Command, arguments: tuple[str, ...]) -> None:
    code, said = await command.run(*arguments, given=mail(1))
    assert (code, said.startswith("ingest: ")) == (2, True), said
