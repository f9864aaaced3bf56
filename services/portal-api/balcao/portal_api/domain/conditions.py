"""What can be wrong with what a person sends, by name: the pages have words of their own for each."""

from balcao.shared.errors import Invalid


class EmptyComment(Invalid):
    """There is nothing to save."""


class NoTitle(Invalid):
    """A ticket needs a title."""


class FileTooLarge(Invalid):
    """The file is too large."""


class FileEmpty(Invalid):
    """The file is empty."""


class AttachmentExpired(Invalid):
    """The attachment is not known any more."""


class NotAnImage(Invalid):
    """The file is no image that every mail program shows."""


class LogoTooBig(Invalid):
    """The image has too many pixels."""


class BadChoice(Invalid):
    """This is none of the choices offered."""


class BadDuration(Invalid):
    """This is no length of time."""


class BadLink(Invalid):
    """This is no link."""


class NoSuchNumber(Invalid):
    """Nothing has this number."""


class BadDate(Invalid):
    """This is no date."""


class NotOfTheTeam(Invalid):
    """The person is not of the team."""


class ApprovalLinkBroken(Invalid):
    """This link is broken."""
