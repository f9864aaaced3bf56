"""What there is to set up, in groups, with one sentence each: the menu of the settings and their first page."""

from dataclasses import dataclass

from balcao.shared.catalogues import N_


@dataclass(frozen=True)
class Entry:
    """One page of the settings. `path` is what follows `/admin/`; or `/desk/`, for what lies among the work."""

    path: str
    icon: str
    name: str
    says: str
    at_desk: bool = False

    @property
    def place(self) -> str:
        """Where it is below the company's address."""
        return f"{'desk' if self.at_desk else 'admin'}/{self.path}"


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        N_("Company"),
        (
            Entry("company", "building", N_("Company"), N_("Name, language and time zone.")),
            Entry(
                "addresses", "at", N_("Mail addresses"), N_("Where mail becomes tickets, and what answers come from.")
            ),
            Entry("working-time", "clock", N_("Working time"), N_("Days, hours and holidays that due dates count by.")),
            Entry("appearance", "palette", N_("Logo and colour"), N_("How letters and pages look to your clients.")),
        ),
    ),
    (
        N_("People"),
        (
            Entry("people", "users", N_("People"), N_("The team and the guests: roles, addresses, who has left.")),
            Entry(
                "invitations",
                "invite",
                N_("Invitations"),
                N_("Who has no password yet, and the mail that lets them in."),
            ),
            Entry(
                "team-table", "columns", N_("Teams and professionals"), N_("Who serves and who plans, by workspace.")
            ),
            Entry("notices", "bell", N_("Notices by role"), N_("What people are told who have chosen nothing.")),
            Entry("imports", "upload", N_("Import"), N_("People and workspaces from a table.")),
        ),
    ),
    (
        N_("Service"),
        (
            Entry("workspaces", "workspace", N_("Workspaces"), N_("The clients and brands that you work for.")),
            Entry("projects", "folder", N_("Projects"), N_("What belongs together inside a workspace.")),
            Entry("tags", "tag", N_("Tags"), N_("Words that tickets, messages and tasks are marked with.")),
            Entry("saved-replies", "template", N_("Saved replies"), N_("Words to use again, with what they change.")),
            Entry("policies", "settings", N_("Policies"), N_("How the desk behaves when nobody says otherwise.")),
            Entry("words", "language", N_("Words on screen"), N_("What situations, stages and priorities are called.")),
        ),
    ),
    (
        N_("Production"),
        (
            Entry("task-types", "tasks", N_("Task types"), N_("The phases that production goes through.")),
            Entry("rules", "rule", N_("Rules"), N_("What a phase brings: a promised date, tags, an approval.")),
            Entry(
                "recurrences", "repeat", N_("Recurring tasks"), N_("Tasks that come back by themselves."), at_desk=True
            ),
            Entry(
                "workload",
                "clock",
                N_("Load of the team"),
                N_("How many hours a week each person takes."),
                at_desk=True,
            ),
        ),
    ),
    (
        N_("Integrations"),
        (
            Entry("mail-identity", "mail", N_("Mail identity"), N_("Whose name mail bears, and what signs it.")),
            Entry("webhooks", "webhook", N_("Webhooks"), N_("Servers of yours that are told what happens.")),
            Entry("trackers", "tracker", N_("Trackers"), N_("GitHub, Jira, Trello: what moves there moves here.")),
        ),
    ),
)


def entry(path: str) -> Entry | None:
    """The entry of a page, by its path."""
    return next((one for _, entries in GROUPS for one in entries if one.path == path), None)
