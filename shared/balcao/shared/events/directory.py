"""Facts about companies and people, and about what both are sorted by. Said by `tickets`, which keeps the directory.

Each carries the whole thing as it is now, with its version: the highest version wins, whatever the order of arrival.
"""

from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, Party


class Changed(Fact):
    """A thing of the directory after a change."""

    changed: tuple[str, ...] = Field(default=(), description="Names of the fields that changed; none: it is new.")


class BandWords(Contract):
    """How a band of priorities is called, and what it means in impact (O9)."""

    label: str
    impact: str = ""


class CompanyPolicies(Contract):
    """What a company decided about the desk, as far as other services act on it."""

    unknown_sender: Literal["register", "hold", "reject"] = Field(
        default="register", description="What a first mail from an unknown address leads to (O3)."
    )
    undo_seconds: int = Field(default=15, description="How long a visible comment is held before it goes out.")
    feedback_days: int | None = Field(
        default=None, description="Days in which a reply reopens a resolved ticket; none: always (W6)."
    )
    priority_words: dict[str, dict[str, BandWords]] = Field(
        default={}, description="Words of its own, by language and band of priority (O9)."
    )
    status_words: dict[str, dict[str, str]] = Field(default={}, description="By language and status (W1).")
    stage_words: dict[str, dict[str, str]] = Field(default={}, description="By language and stage (H1).")


class CompanyLogo(Contract):
    """A company's logo, by reference: its bytes lie in the shared file store."""

    file_id: str
    media_type: str = Field(description="image/png, image/jpeg, image/gif or image/webp, as its bytes say.")
    size: int = Field(ge=1, description="Bytes.")
    width: int = Field(ge=1, description="Pixels.")
    height: int = Field(ge=1)


class OwnDay(Contract):
    """A day the company does not work, or does although the calendar says otherwise."""

    day: str = Field(description="YYYY-MM-DD.")
    name: str
    yearly: bool = False
    works: bool = False


class WorkingHours(Contract):
    """When a company works, by its own clock; as `balcao.shared.calendar` reads it."""

    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    opens: str
    closes: str
    country: str | None = None
    state: str | None = None
    optional_holidays: bool = False
    own: tuple[OwnDay, ...] = ()


class CompanyProfile(Contract):
    """What other services need to know of a company."""

    id: str
    slug: str = Field(description="In URLs.")
    name: str
    addresses: tuple[str, ...] = Field(default=(), description="Its mail addresses, lower case (O2).")
    locale: str = "pt-BR"
    time_zone: str = "America/Sao_Paulo"
    policies: CompanyPolicies = CompanyPolicies()
    colour: str | None = Field(default=None, description="Of its letters and pages, #rrggbb; none: Balcão's own.")
    logo: CompanyLogo | None = None
    working_time: WorkingHours | None = Field(default=None, description="None: as by default.")
    version: int = 1


class CompanyConfigured(Changed):
    """A company was set up or its settings changed. Carries all of them; the highest version wins."""

    type = "company.configured.v1"

    company: CompanyProfile


class PersonProfile(Contract):
    """A person of the directory: team member or guest requester."""

    id: str
    name: str
    addresses: tuple[str, ...]
    roles: tuple[str, ...] = Field(description="admin, agent, producer; empty for a guest, and for who left.")
    locale: str | None = None
    default_workspace_id: str | None = Field(default=None, description="Where their tickets begin (O6).")
    active: bool = Field(default=True, description="False for who left: they can neither sign in nor be given work.")
    version: int = 1

    def party(self) -> Party:
        """The person as facts carry them."""
        return Party(
            person_id=self.id, name=self.name, address=self.addresses[0] if self.addresses else None, locale=self.locale
        )


class PersonRegistered(Changed):
    """A person entered the directory, or their profile changed: whole profile, highest version wins (O3)."""

    type = "person.registered.v1"

    person: PersonProfile
    by_mail: bool = Field(default=False, description="A guest made by a first mail: gets an invitation (O3).")


class WorkspaceProfile(Contract):
    """A client or brand of the company."""

    id: str
    number: int = Field(description="As people and mails name it.")
    name: str
    archived: bool = Field(default=False, description="Takes no new tickets.")
    version: int = 1


class WorkspaceConfigured(Changed):
    """A workspace came to be, was renamed, archived or restored."""

    type = "workspace.configured.v1"

    workspace: WorkspaceProfile


class ProjectProfile(Contract):
    """A project of a workspace."""

    id: str
    workspace_id: str
    name: str
    archived: bool = False
    version: int = 1


class ProjectConfigured(Changed):
    """A project came to be, was renamed, archived or restored (W11)."""

    type = "project.configured.v1"

    project: ProjectProfile


class TagProfile(Contract):
    """A tag, for tickets, interactions and tasks."""

    id: str
    name: str
    colour: str | None = Field(default=None, description="#rrggbb.")
    archived: bool = Field(default=False, description="Stays where it is, and is offered no more.")
    version: int = 1


class TagConfigured(Changed):
    """A tag came to be or changed. Whoever marks things with tags learns them from here (O14)."""

    type = "tag.configured.v1"

    tag: TagProfile


class TeamRowProfile(Contract):
    """Who serves and who plans, for a workspace or the whole company (H7). Ids of people."""

    workspace_id: str | None = None
    service: str | None = None
    planning: str | None = None
    version: int = 1


class TeamConfigured(Changed):
    """A row of the team table names other people (H7)."""

    type = "team.configured.v1"

    row: TeamRowProfile


class ReplyProfile(Contract):
    """A saved reply, without its words: nobody else needs them (W18)."""

    id: str
    name: str
    owner_id: str | None = Field(default=None, description="Whose it is; none: shared by the team.")
    archived: bool = False
    version: int = 1


class ReplySaved(Changed):
    """Somebody wrote, edited, archived or restored a saved reply (W18)."""

    type = "reply.saved.v1"

    reply: ReplyProfile
