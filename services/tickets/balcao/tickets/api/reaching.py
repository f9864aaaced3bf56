"""The route that says a person's address takes mail again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.roles import DeskCommand, require_admin
from balcao.tickets.domain.people import MailAddress
from balcao.tickets.reaching import Reaching

router = APIRouter(prefix="/v1", tags=["people"])


class ReachableAddress(Body):
    """An address that works again."""

    address: MailAddress


async def _reaching(request: Request) -> Reaching:
    found: Reaching = request.app.state.reaching
    return found


@router.post("/people/{id_}/reachable")
async def clear_address(
    id_: Annotated[str, Path(max_length=100)],
    body: ReachableAddress,
    command: DeskCommand,
    reaching: Annotated[Reaching, Depends(_reaching)],
) -> Document:
    """Say that an address takes mail again: what goes to it is sent from now on. Of the team, administrators only.

    409 when no mail came back from it.
    """
    company_id = command.acting.company_id
    before = await command.desk.directory.people.get(company_id, id_)
    if before.roles:
        require_admin(command.acting)
    after = await reaching.clear(company_id, id_, body.address, command.cause)
    command.response.headers["ETag"] = f'"{after.version}"'
    return after.model_dump(mode="json", exclude={"company_id", "entries", "name_key"})
