"""That a task is the same work as something in a tracker elsewhere."""

from pydantic import BaseModel, ConfigDict


class OutsideLink(BaseModel):
    """Where to find it there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tracker_id: str
    outside_id: str
    """The tracker's own id; never changes."""
    label: str
    """What people call it there, such as octo/site#12."""
    url: str = ""
