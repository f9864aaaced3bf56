"""A reading process that hangs, dies or lies for mails that say so; all others it reads."""

import os
import time
from typing import Any

from balcao.intake import reading_process
from balcao.intake.domain.mail import Mailbox

_answer = reading_process.answer


class Evil:
    """What a broken-into reader might send: something that runs when it is unpacked."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (7,)


def answer(job: dict[str, Any], raw: bytes) -> object:
    """What the mail asks for, else the real answer."""
    if b"X-Test: hang" in raw:
        time.sleep(600)
    if b"X-Test: die" in raw:
        os._exit(9)
    if b"X-Test: lie" in raw:
        return Mailbox(Evil(), "x")  # type: ignore[arg-type]
    if b"X-Test: print" in raw:
        print("this is no answer")
    if b"X-Test: lambda" in raw:
        return lambda: None
    return _answer(job, raw)


if __name__ == "__main__":
    reading_process.answer = answer
    reading_process.main()
