"""What can stand in the way of a command on a ticket. Each says what is possible instead."""

from balcao.shared.errors import Invalid, NotFound, Refused


class TicketIsClosed(Refused):
    """The ticket is closed."""


class TicketIsCancelled(Refused):
    """The ticket is cancelled."""


class TicketIsResolved(Refused):
    """The ticket is resolved."""


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
