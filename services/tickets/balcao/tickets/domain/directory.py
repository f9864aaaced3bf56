"""The desk's directory in one place to import from: companies, workspaces, the team table and people."""

from balcao.tickets.domain.company import Company
from balcao.tickets.domain.people import MailAddress, Person, guest, guest_id
from balcao.tickets.domain.team import Team, TeamRow
from balcao.tickets.domain.workspaces import Workspace

__all__ = ["Company", "MailAddress", "Person", "Team", "TeamRow", "Workspace", "guest", "guest_id"]
