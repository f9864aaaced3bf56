"""The scenario as steps: what was done, what was seen, how long it took, and where it went wrong."""

import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from balcao.local.demo.waiting import Unmet
from balcao.local.errors import StackProblem


@dataclass
class Step:
    """One thing that is done and checked."""

    number: int
    title: str
    notes: list[str] = field(default_factory=list)
    took_ms: float = 0.0
    problem: str | None = None

    def note(self, text: str) -> None:
        """Add something that was seen, for the onlooker."""
        self.notes.append(text)


class StepFailed(Exception):
    """A step did not end as it must; nothing after it was tried."""

    def __init__(self, step: Step) -> None:
        """`step.problem` says what was expected and what was seen."""
        super().__init__(f"step {step.number} ({step.title}): {step.problem}")
        self.step = step


Listener = Callable[[Step], None]


def _nobody(_: Step) -> None:
    return None


class Story:
    """Steps in the order in which they happened; `on_end` hears of each as it ends, failed ones included."""

    def __init__(self, *, on_begin: Listener = _nobody, on_end: Listener = _nobody) -> None:
        """Without listeners the steps are only kept, in `steps`."""
        self.steps: list[Step] = []
        self._on_begin = on_begin
        self._on_end = on_end

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Time what is done inside. An unmet expectation or a server that can't be talked to becomes `StepFailed`."""
        step = Step(len(self.steps) + 1, title)
        self.steps.append(step)
        self._on_begin(step)
        began = time.perf_counter()
        try:
            yield step
        except (Unmet, httpx.HTTPError, smtplib.SMTPException, StackProblem, OSError) as error:
            step.problem = str(error) if isinstance(error, Unmet) else f"{type(error).__name__}: {error}"
            raise StepFailed(step) from error
        finally:
            step.took_ms = (time.perf_counter() - began) * 1000
            self._on_end(step)
