"""What commands carry. Unknown fields are refused, so that a typing error is not silently ignored."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from balcao.shared.events import FileRef, Stage
from balcao.shared.rich_text import MOST_HTML
from balcao.tickets.domain.ending import Outcome
from balcao.tickets.domain.fields import MOST_TAGS, Id
from balcao.tickets.domain.people import MailAddress
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
    task_type: Id | None = Field(
        default=None, description="Id or name; the default type if none, or where there is no such type in use."
    )
    tags: tuple[Id, ...] | None = Field(
        default=None, max_length=MOST_TAGS, description="Ids; the ticket's at this moment if none (O14)."
    )


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
    text: str = Field(default="", max_length=5_000, description="What they say with it.")


class DraftBody(Body):
    """What is known of a ticket so far (O12); null takes a value back."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None
    description: Text | None = None
    kind: Kind | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=5)
    workspace_id: str | None = None
    requester: RequesterBody | None = None
    html: Annotated[str, StringConstraints(max_length=MOST_HTML)] | None = Field(
        default=None, description="Instead of `description`; images as `cid:` of one of the files."
    )
    files: list[FileRef] | None = Field(default=None, max_length=50, description="All of them.")
