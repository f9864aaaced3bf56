"""Named conditions: what can be wrong with a request, in words. The HTTP status is chosen at the edge."""

from typing import Any, ClassVar


class Condition(Exception):
    """Something a person or program asked for that can't be done, and why.

    Subclasses name the condition (`TicketClosed`); their class docstring is its title. `details` travels to the client.
    """

    title: ClassVar[str] = "Request refused"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__doc__ and "title" not in cls.__dict__:
            cls.title = cls.__doc__.strip().splitlines()[0].rstrip(".")

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def code(self) -> str:
        """The condition's name on the wire: its class name in kebab case."""
        name = type(self).__name__
        return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class NotFound(Condition):
    """Not found. Also the answer to whoever may not know that it exists."""

    title = "Not found"


class Refused(Condition):
    """The rules don't allow this now."""


class Stale(Condition):
    """Somebody else changed it first."""


class Invalid(Condition):
    """The request makes no sense as written."""


class NotAllowed(Condition):
    """This person may not do that."""


class NotSignedIn(Condition):
    """Sign in first."""


class TooMany(Condition):
    """Too many tries; wait a little."""


class Unavailable(Condition):
    """A part of the product is away; try again soon."""
