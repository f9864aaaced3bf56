"""What can stand in the way of a command on a ticket. Each says what is possible instead."""

from balcao.shared.errors import Invalid, NotAllowed, NotFound, Refused, Stale


class TicketIsClosed(Refused):
    """The ticket is closed."""


class TicketIsCancelled(Refused):
    """The ticket is cancelled."""


class TicketIsResolved(Refused):
    """The ticket is resolved."""


class TicketIsDraft(Refused):
    """The ticket is a draft."""


class TicketIsOpen(Refused):
    """The ticket is in service."""


class TicketIsWaiting(Refused):
    """The ticket is waiting."""


class TicketIsNoDraft(Refused):
    """The ticket was submitted already."""


class DraftIsIncomplete(Refused):
    """The draft lacks something."""


class WaitIsIncomplete(Invalid):
    """Waiting for this reason needs more."""


class TimeHasPassed(Invalid):
    """This time has passed."""


class NotYourTicket(Refused):
    """Somebody else answers for this ticket."""


class WordsNeeded(Refused):
    """The company asks for some words before a ticket is resolved."""


class NothingToReopen(Refused):
    """The ticket is in service already."""


class UnknownPerson(Invalid):
    """Nobody of the team has this id."""


class UnknownStage(Invalid):
    """There is no such stage."""


class EmptyComment(Invalid):
    """A comment needs some text."""


class MessageIsDecided(Refused):
    """Somebody has decided about this message already."""


class UnknownTicket(NotFound):
    """No such ticket."""


class NotARecipient(Invalid):
    """This address can't be added to, or taken from, those who receive the answer."""


class NeedsConfirmation(Refused):
    """Something about this answer wants to be looked at before it goes out."""


class TooManyGoingOut(Refused):
    """This ticket has too many answers that are about to go out."""


class ReplyIsOut(Refused):
    """The answer has gone out, or was taken back, already."""


class UnsentChanged(Stale):
    """These unsent words were changed elsewhere."""


class UnknownEntry(NotFound):
    """The ticket's history has no such entry."""


class EntryHasNoWords(Refused):
    """Only what somebody wrote can carry tags."""


class UnknownTag(Invalid):
    """The company has no such tag, or it is archived."""


class UnknownWorkspace(Invalid):
    """The company has no such workspace, or it is archived."""


class UnknownProject(Invalid):
    """The workspace has no such project, or it is archived."""


class OwnAddress(Invalid):
    """This address is one of the company's own; mail to it would come back."""


class TooManyWatchers(Invalid):
    """A ticket can't have so many people in copy."""


class ExtendingNeedsNote(Invalid):
    """A date that moves further away needs a note that says why."""


class TicketIsMerged(Refused):
    """The ticket was merged into another one."""


class CannotMerge(Refused):
    """These tickets can't be merged as they are."""


class CannotMove(Refused):
    """This message can't be moved like this."""


class CannotSplit(Refused):
    """The ticket can't be split like this."""


class NothingToUndo(Refused):
    """This entry is no part of a merge, a split or a bulk edit."""


class UndoneAlready(Refused):
    """It was undone before."""


class CannotUndo(Refused):
    """Something that came later stands in the way of undoing."""


class UnknownTask(NotFound):
    """The ticket has no such task."""


class TooManyTasks(Refused):
    """A ticket can't have so many tasks."""


class UnknownApproval(NotFound):
    """Nothing is asked here."""


class ApprovalAnswered(Refused):
    """It was answered already."""


class ApprovalWithdrawn(Refused):
    """It is not asked any more."""


class ApprovalExpired(Refused):
    """The link is too old."""


class ChangesNeedWords(Invalid):
    """Say what should be changed."""


class UnknownJob(NotFound):
    """No such bulk edit."""


class JobHasEnded(Refused):
    """The bulk edit has ended."""


class NothingToSearchFor(Invalid):
    """There is no word to search for."""


class BadFilter(Invalid):
    """This filter makes no sense as written."""


class UnknownView(NotFound):
    """No such saved view."""


class NotYourView(NotAllowed):
    """A shared view is changed by who made it, or by an administrator."""


class NameIsTaken(Refused):
    """The company has one of this name already."""


class AddressIsTaken(Refused):
    """This mail address belongs to somebody else."""


class AddressIsTheCompanys(Refused):
    """This mail address is one of the company's own."""


class CpfIsTaken(Refused):
    """This CPF belongs to somebody else."""


class AddressIsReachable(Refused):
    """No mail came back from this address: there is nothing to clear."""


class ColourTooPale(Invalid):
    """The colour can't be seen on the white of a letter."""


class LastAdministrator(Refused):
    """A company needs an administrator."""


class OnlyAdministrators(NotAllowed):
    """Only administrators may do this."""


class NotYourReply(NotAllowed):
    """A saved reply is changed by who wrote it, or by an administrator."""


class UnknownPlaceholder(Invalid):
    """A saved reply names something that nobody can fill in."""


class UnreadableTable(Invalid):
    """The file can't be read as a table."""


class PersonHasLeft(Refused):
    """This person has left."""


class PersonUnreachable(Refused):
    """This person has no mail address."""
