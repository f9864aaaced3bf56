"""The process that reads mails which are not ordinary: `python -m balcao.intake.reading_process`. It may be killed.

It gets one job after another on its standard input and answers each on its standard output, until the input ends. It
has no secret, no connection and little memory: whoever breaks into it through a mail finds nothing.
"""

import contextlib
import os
import pickle
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

from balcao.intake.domain.parse import extract
from balcao.intake.domain.reading import read
from balcao.intake.domain.safe_body import safe_body

MOST_MEMORY = 2 * 1024 * 1024 * 1024
HEADER = struct.Struct(">IQ")
"""Lengths of the job's description and of its mail; in an answer the first is zero."""


def answer(job: dict[str, Any], raw: bytes) -> object:
    """Do one job."""
    if job["do"] == "read":
        return read(raw, job["sender"])
    if job["do"] == "extract":
        return extract(raw, job["part"])
    if job["do"] == "body":
        return safe_body(raw, files=job["files"], remote_images=job["remote_images"])
    if job["do"] == "hello":
        return True
    raise ValueError(f"no such job: {job['do']!r}")


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer jobs until there are no more. An exception is an answer too."""
    while len(header := jobs.read(HEADER.size)) == HEADER.size:
        described, size = HEADER.unpack(header)
        job: dict[str, Any] = pickle.loads(jobs.read(described))  # noqa: S301 -- from our own parent
        raw = jobs.read(size)
        # Whoever waits kills this process at the limit; should they be gone, it ends by itself.
        signal.setitimer(signal.ITIMER_REAL, 2 * job["limit_s"] + 1)
        try:
            content = pickle.dumps(answer(job, raw), pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # also one that can't be pickled
            content = pickle.dumps(f"{type(error).__name__}", pickle.HIGHEST_PROTOCOL)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(HEADER.pack(0, len(content)) + content)
        answers.flush()


def main() -> None:
    """Set the limits and serve."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
