"""What `workflow` needs to be told about people: it keeps no directory, so the gateway names the executor in full."""

from typing import Any

from balcao.portal_api.domain.conditions import NotOfTheTeam
from balcao.portal_api.store import Store
from balcao.shared.tokens import Acting


async def executor_body(store: Store, acting: Acting, person_id: str | None) -> dict[str, Any]:
    """The body that gives a task to this person, or with none to nobody.

    Raises `NotOfTheTeam` for somebody who is not of the acting person's team.
    """
    if person_id is None:
        return {"person_id": None}
    account = await store.account(acting.company_id, person_id)
    if account is None or not account.roles:
        raise NotOfTheTeam("a task can be given only to somebody of the team")
    return account.acting().party().model_dump()
