"""Why a merge, a split, a move or taking one back was refused: each reason in words, with the ticket it is about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.language import Language
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.shell import refusal
from balcao.shared.errors import Condition

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Obstacle:
    """One reason. `number` is the ticket's that it is about, `entry` the entry of its history that shows it."""

    words: str
    number: int | None = None
    entry: int | None = None
    tasks: tuple[int, ...] = ()


class Obstacles:
    """Puts reasons into one language."""

    def __init__(self, language: Language, moments: Moments) -> None:
        self._language = language
        self._ = language.gettext
        self._moments = moments

    def of(self, error: Condition) -> list[Obstacle]:
        """All that a refusal names; what we have no words for speaks for itself."""
        known = _KNOWN.get(error.code)
        if isinstance(error, UpstreamRefused) and known is not None:
            found = list(known(self, error.problem))
            if found:
                return found
        return [Obstacle(refusal(self._language, error))]

    def to_merging(self, reasons: Iterable[Json], number: int) -> list[Obstacle]:
        """What keeps one ticket from being merged (W13)."""
        return [self._to_merging(reason, number) for reason in reasons]

    def _to_merging(self, reason: Json, number: int) -> Obstacle:
        code = reason.get("code")
        if code == "not-open":
            status = self._(labels.STATUSES.get(str(reason.get("status")), str(reason.get("status"))))
            return Obstacle(self._("It is not in service: %(status)s.") % {"status": status}, number)
        if code == "open-tasks":
            tasks = tuple(int(one) for one in reason.get("tasks") or () if one)
            words = self._language.ngettext("It has an open task.", "It has open tasks.", max(len(tasks), 1))
            return Obstacle(words, number, tasks=tasks)
        if code == "other-workspace":
            return Obstacle(self._("It is of another workspace."), number)
        if code == "different-workspaces":
            name = {"name": reason.get("name")}
            some, none = self._("Different workspaces: this is of %(name)s."), self._("The others have a workspace.")
            return Obstacle(some % name if reason.get("name") else none, number)
        if code == "too-many-watchers":
            most = {"num": reason.get("most") or 100}
            return Obstacle(self._("Too many people would be in copy: at most %(num)s.") % most, number)
        return Obstacle(str(code), number)

    def _merging(self, problem: Json) -> Iterable[Obstacle]:
        for one in problem.get("tickets") or ():
            yield from self.to_merging(one.get("reasons") or (), int(one["number"]))

    def _undoing(self, problem: Json) -> Iterable[Obstacle]:
        words = {
            "words-since": self._("Somebody of the merged tickets wrote here since."),
            "merged-on": self._("It was merged into another ticket since."),
            "not-merged-now": self._("It is not resolved as merged any more."),
            "worked-on-since": self._("Somebody worked on it since."),
            "out-of-service": self._("It is not in service any more."),
            "changed-since": self._("It was changed again since."),
        }
        for one in problem.get("reasons") or ():
            said = words.get(str(one.get("code")), str(one.get("code")))
            if one.get("by") and one.get("at"):
                said += f" ({one['by']}, {self._moments.stamp(str(one['at']))})"
            yield Obstacle(said, one.get("number"), one.get("entry"))

    def _moving(self, problem: Json) -> Iterable[Obstacle]:
        words = {
            "moved-before": self._("This message was moved before."),
            "opened-the-ticket": self._("This message opened the ticket. Merge the ticket into the other one instead."),
            "no-message": self._("Only what a requester wrote can be moved."),
            "same-ticket": self._("The message is on this very ticket."),
            "not-moved": self._("This message was not moved."),
            "not-there": self._("The other ticket does not know of this move."),
            "moved-on": self._("It was moved on since. Take that back first."),
            "worked-on-since": self._("Somebody worked on it since. Move the message on by hand, or leave it."),
            "answered-since": self._("It was answered there since. Move the message on by hand, or leave it."),
        }
        if said := words.get(str(problem.get("code"))):
            yield Obstacle(said, problem.get("number"), problem.get("entry"))

    def _splitting(self, problem: Json) -> Iterable[Obstacle]:
        for n in problem.get("entries") or ():
            yield Obstacle(self._("This entry has no words that could go along."), entry=int(n))
        if problem.get("tasks"):
            yield Obstacle(self._("A task is none of this ticket's any more, or is still being created."))
        if problem.get("asked"):
            yield Obstacle(self._("The requester is asked to approve what a task made. Wait for the answer first."))


_KNOWN: dict[str, Callable[[Obstacles, Json], Iterable[Obstacle]]] = {
    "cannot-merge": Obstacles._merging,
    "cannot-undo": Obstacles._undoing,
    "cannot-move": Obstacles._moving,
    "cannot-split": Obstacles._splitting,
}
