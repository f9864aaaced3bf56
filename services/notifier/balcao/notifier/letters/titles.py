"""What an in-app notice says, in its reader's language."""

from balcao.notifier.domain.audience import Kind
from balcao.notifier.letters import catalogues
from balcao.shared.catalogues import locale_of


def title_of(kind: Kind, ticket_title: str, who: str, locale: str | None) -> str:
    """One line for a list of notices; the ticket's number is shown beside it."""
    gettext = catalogues.translations(locale_of(locale)).gettext
    sentences = {
        Kind.TICKET_OPENED: gettext("New ticket: %(title)s"),
        Kind.REQUESTER_REPLIED: gettext("%(who)s replied: %(title)s"),
        Kind.PRODUCTION_FINISHED: gettext("Production is done: %(title)s"),
        Kind.DATE_REMINDED: gettext("The promised date needs a look: %(title)s"),
        Kind.REQUESTER_ENDED: gettext("%(who)s ended the ticket: %(title)s"),
        Kind.SENDER_HELD: gettext("%(who)s, whom nobody knows yet, waits to be let in: %(title)s"),
        Kind.MESSAGE_HELD: gettext("A message from %(who)s waits to be let in: %(title)s"),
    }
    return sentences.get(kind, "%(title)s") % {"title": ticket_title, "who": who or gettext("Somebody")}
