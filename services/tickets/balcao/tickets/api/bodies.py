"""What commands carry. Unknown fields are refused, so that a typing error is not silently ignored."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from balcao.shared.events import Stage
from balcao.tickets.domain.directory import MailAddress
from balcao.tickets.domain.ending import Outcome
from balcao.tickets.domain.ticket import Kind, Method, WaitReason

Text = Annotated[str, StringConstraints(max_length=100_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid")


class RequesterBody(Body):
    """For whom a ticket is opened."""

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    address: MailAddress


class NewTicket(Body):
    """A ticket opened at the desk (O11)."""

    title: Line
    description: Text = ""
    kind: Kind = "request"
    priority: int = Field(
        default=0, ge=0, le=100, description="0 to 100, in steps of 5 at the desk (O9).", multiple_of=5
    )
    workspace_id: str | None = None
    requester: RequesterBody | None = Field(default=None, description="None: the person who opens it.")


class ActionPlan(Body):
    """ "O que deve ser feito"."""

    text: Text


class StageBody(Body):
    """The stage to move to (H1)."""

    stage: Stage


class StageAssignee(Body):
    """Who acts in a stage (H1)."""

    stage: Stage
    person_id: str


class Analyst(Body):
    """Who answers for the ticket (H8)."""

    person_id: str


class NewTask(Body):
    """A task for the ticket (H3); what is left out comes from the ticket."""

    title: Line | None = None
    description: Text | None = None
    executor_id: str | None = None
    due: AwareDatetime | None = None


class Resolve(Body):
    """The method of resolving (W5)."""

    method: Method = "answered"


class WaitBody(Body):
    """Why the ticket waits, and until when at the most (W4)."""

    reason: WaitReason
    until: AwareDatetime | None = Field(
        default=None, description="When to go on: needed for follow_up and visit, optional for the others."
    )
    days: int | None = Field(
        default=None,
        ge=0,
        le=365,
        description="Business days to wait for an answer; if none, as many as usual.",
    )
    close_if_no_answer: bool | None = Field(
        default=None, description="Conclude it, without response, instead of coming back; the company's habit if none."
    )


class Rejection(Body):
    """Why whoever it is assigned to can't do it (W3)."""

    remark: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""


class End(Body):
    """How the requester ends it (P4)."""

    outcome: Outcome = "solved"


class DraftBody(Body):
    """What is known of a ticket so far (O12); null takes a value back."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None
    description: Text | None = None
    kind: Kind | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: str | None = None
    requester: RequesterBody | None = None
