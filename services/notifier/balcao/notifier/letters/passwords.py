"""The letter to somebody who forgot their password: a signed link to a new one, good for two hours (P1)."""

from balcao.notifier.letters.case import Case
from balcao.notifier.letters.invitations import NoPublicUrl
from balcao.notifier.letters.letter import Action, Heading, Letter, Line
from balcao.notifier.letters.outward import automatic, greeting
from balcao.shared.tokens import NewPasswordLink, address_digest, sign_new_password


def password_forgotten(case: Case) -> Letter:
    """The way back in, the same one however often it is written. Raises `NoPublicUrl`."""
    _ = case.say
    link, until = _link_of(case)
    asked = _("Somebody asked for a new password for your access to %(company)s.", company=case.company_name)
    choose = _(
        "If it was you, choose one now. The link is yours alone and works once, until %(time)s on %(day)s:",
        time=until[0],
        day=until[1],
    )
    otherwise = _("If it was not you, there is nothing to do: your password stays as it is.")
    blocks = (
        Heading(_("A new password")),
        Line(greeting(case)),
        Line(asked),
        Line(choose),
        Action(_("Choose a new password"), link),
        Line(otherwise),
    )
    subject = _("A new password for %(company)s", company=case.company_name)
    return Letter(subject, _("The link is good for two hours."), blocks, automatic(case))


def _link_of(case: Case) -> tuple[str, tuple[str, str]]:
    """The link, and the time and the day until which it is good."""
    if not case.public_url:
        raise NoPublicUrl("BALCAO_PUBLIC_URL is not set")
    person, event = case.delivery.telling.recipient, case.delivery.event
    leave = NewPasswordLink(
        company_id=event.companyid,
        person_id=person.person_id or "",
        asked_at=event.time,
        to=address_digest(person.address or ""),
    )
    link = f"{case.public_url}/{case.company.slug}/password/new?token={sign_new_password(leave, case.secret)}"
    return link, (case.time(leave.expires_at), case.day(leave.expires_at))
