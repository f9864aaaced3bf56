"""One chaos run from the start of the stack to the last count."""

import asyncio
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from balcao.local.services import SERVICES
from balcao.local.stack import Stack
from tests.chaos.checks import Finding, check
from tests.chaos.echo import Echo
from tests.chaos.holdings import read
from tests.chaos.killing import Killer
from tests.chaos.mailbox import Mailbox
from tests.chaos.mta import Mta
from tests.chaos.outside import Outside
from tests.chaos.person import Person, RefusedForGood
from tests.chaos.plan import TARGETS, Beat, Opening, beats
from tests.chaos.record import Record
from tests.chaos.settling import settle
from tests.chaos.stories import Cast, play
from tests.support.desk_company import AGENT, PRODUCER, configure, sign_in

WITHOUT_DEDUPE = Path(__file__).parent / "without_dedupe"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What kind of run."""

    mails: int
    kills: int
    seed: int
    minutes: float
    without_dedupe: bool = False
    echo: float = 0.08
    """The part of all facts that is said twice."""
    patience_s: float = 240.0
    """How long somebody outside waits for one thing to come about."""
    settled_within_s: float = 150.0
    targets: tuple[str, ...] = TARGETS
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    """Settings for services, as `Stack` takes them."""
    logs: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What happened and what was found."""

    wanted: Wanted
    record: Record
    findings: list[Finding]
    load_s: float
    settled_s: float

    @property
    def differences(self) -> list[str]:
        """Everything that is not as it must be; empty is success."""
        return [f"{finding.name}: {one}" for finding in self.findings for one in finding.differences]


async def run(wanted: Wanted, say: Say) -> Outcome:
    """Do it all. Never longer than `wanted.minutes`, starting and counting aside."""
    record = Record()
    async with Outside(record) as outside, Stack(env=_settings(wanted, outside)) as stack:
        outside.reach(stack)
        say(f"stack on ports {stack.ports.base}…, data in {stack.data}")
        try:
            return await _on(stack, outside, wanted, record, say)
        finally:
            if wanted.logs is not None:
                _keep_logs(stack, wanted.logs)


async def _on(stack: Stack, outside: Outside, wanted: Wanted, record: Record, say: Say) -> Outcome:
    await configure(stack)
    mailbox = Mailbox(stack.data / "mails")
    began = time.monotonic()
    deadline = began + wanted.minutes * 60
    async with (
        httpx.AsyncClient(base_url=stack.url("portal-api")) as agent,
        httpx.AsyncClient(base_url=stack.url("portal-api")) as producer,
    ):
        await sign_in(agent, AGENT)
        await sign_in(producer, PRODUCER)
        cast = Cast(
            mta=Mta("127.0.0.1", stack.ports["smtp"], record, wanted.seed),
            outside=outside,
            mailbox=mailbox,
            agent=Person(agent, record, random.Random(wanted.seed + 2)),
            producer=Person(producer, record, random.Random(wanted.seed + 3)),
            record=record,
            chance=random.Random(wanted.seed + 1),
            patience_s=wanted.patience_s,
        )
        echo = Echo(stack.url("broker"), record, part=wanted.echo, seed=wanted.seed + 4)
        await echo.start()
        plan = beats(wanted.mails, wanted.kills, wanted.seed, wanted.targets)
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                await _act(plan, cast, Killer(stack, outside, record), say)
        except TimeoutError:
            record.troubles.append(f"the run was not over after {wanted.minutes:g} minutes")
    load_s = time.monotonic() - began
    say(f"everything sent and done after {load_s:.0f} s; waiting for quiet")
    await _bring_back(stack, record)
    await echo.stop()
    settled_s, left = await settle(stack, outside, wanted.settled_within_s)
    record.troubles += [f"still under way after {settled_s:.0f} s: {name} ({count})" for name, count in left.items()]
    # What a service has in hand without ever answering goes back to its queue when it stops, and is seen there.
    await asyncio.gather(*(stack.stop(name) for name in SERVICES))
    findings = check(await read(stack, mailbox, outside), record)
    return Outcome(wanted, record, findings, load_s, settled_s)


async def _act(plan: list[Beat], cast: Cast, killer: Killer, say: Say) -> None:
    """Play all beats; return when every story has ended and everybody lives again."""
    stories: list[asyncio.Task[None]] = []
    kills: list[asyncio.Task[None]] = []
    try:
        for place, beat in enumerate(plan):
            stories += [asyncio.create_task(_played(opening, cast)) for opening in beat.openings]
            if beat.kill is not None:
                kills.append(asyncio.create_task(killer.kill(beat.kill)))
                waiting = [task for task in kills if not task.done()]
                if len(waiting) > 2:
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(beat.pause_s)
            if place % 8 == 7:
                told = f"{len(cast.record.accepted)} mails accepted, {sum(cast.record.kills.values())} kills"
                say(f"beat {place + 1} of {len(plan)}: {told}")
        await asyncio.gather(*stories, *kills)
    finally:
        for task in (*stories, *kills):
            task.cancel()
        await asyncio.gather(*stories, *kills, return_exceptions=True)


async def _played(opening: Opening, cast: Cast) -> None:
    """A story that can't go on is a finding, not the end of the run."""
    try:
        await play(opening, cast)
    except (TimeoutError, RefusedForGood) as error:
        cast.record.troubles.append(f"a story stopped: {error}")


async def _bring_back(stack: Stack, record: Record) -> None:
    """After a run that was given up halfway somebody may still be dead."""
    for name in stack.names:
        if not stack.running(name):
            record.troubles.append(f"{name} was not running at the end")
            await stack.start(name)


def _settings(wanted: Wanted, outside: Outside) -> dict[str, dict[str, str]]:
    everywhere = {"BALCAO_LOG_LEVEL": "info", "BALCAO_GATHER_S": "0", **wanted.settings.get("*", {})}
    if wanted.without_dedupe:
        everywhere["PYTHONPATH"] = os.pathsep.join(filter(None, [str(WITHOUT_DEDUPE), os.environ.get("PYTHONPATH")]))
    services = {*wanted.settings, *outside.settings} - {"*"}
    return {"*": everywhere} | {
        name: {**outside.settings.get(name, {}), **wanted.settings.get(name, {})} for name in services
    }


def _keep_logs(stack: Stack, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in stack.names:
        if stack.log(name).exists():
            shutil.copy(stack.log(name), folder / f"{name}.log")
    shutil.copy(stack.data / "mails" / "index.jsonl", folder / "mails.jsonl")
