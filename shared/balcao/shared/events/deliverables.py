"""What production hands over when work is finished (H4)."""

from pydantic import Field

from balcao.shared.events.envelope import Contract, FileRef


class DeliveredLink(Contract):
    """Something to look at elsewhere."""

    url: str = Field(description="http or https.")
    title: str = ""


class Deliverables(Contract):
    """Files, links and a sentence for the client. Internal until somebody of the team has sent it."""

    handover: str = Field(default="", description="The producer's words for the client.")
    files: tuple[FileRef, ...] = ()
    links: tuple[DeliveredLink, ...] = ()
