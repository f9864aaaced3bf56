"""Delivery failures: reports by RFC 3464 first, then the prose that some mail servers still write."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from balcao.intake.domain.addresses import company_forms, mailboxes, normal_address
from balcao.intake.domain.headers import unfold
from balcao.intake.domain.mail import Mail, Report

_MOST_TEXT = 20_000
_MOST_FAILURES = 20

_DAEMONS = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|mail[-_]?(?:delivery[-_]?)?(?:sub)?system|microsoftexchange\w+"
    r"|double-?bounce)$"
)
_MAYBE_DAEMONS = re.compile(
    r"^(?:postmaster|bounces?|mail-?admin\w*|smtp|mta|majordomo|uucp|no-?reply"
    r"|(?:email|mail)-?(?:gateway|router|scanner))$"
)
"""Addresses that people and shops write from as well: of them, a failure must say more than its subject."""
_DAEMON_NAMES = re.compile(
    r"mail(?:er)?[ -]?(?:delivery )?(?:sub)?(?:system|daemon)|mail delivery|postmaster|microsoft outlook", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|not\s+(?:be\s+)?deliver|delivery[\s-]+(?:status\s+)?(?:notif|fail|error|problem|report|has\s+failed"
    r"|unsuccess|incomplete)|deliver(?:y|ing)?\b.{0,40}\bfail|fail(?:ed|ure)\b.{0,40}\bdeliver|returned\s+(?:mail|e-?mail"
    r"|message|to\s+sender)|return(?:ing)?\s+(?:mail|message)\s+to\s+sender|mail\s+(?:delivery|system|could\s+not"
    r"|failure|error)|failure\s+(?:notice|notif)|(?:mail|message|e-?mail)\b.{0,30}\b(?:rejected|refused|blocked|bounced)"
    r"|rejected\s+(?:mail|message)|\bbounce(?:d)?\b|user\s+unknown|unknown\s+(?:user|recipient|address)"
    r"|n[ãa]o\s+(?:(?:foi|p[ôo]de)\s+)?(?:ser\s+)?entreg|falha\s+(?:na|de|no)\s+(?:entrega|envio)"
    r"|(?:e-?mail|mensagem|correio)\b.{0,20}\bdevolvid[ao]|devolu[çc][ãa]o\s+d[eao]\s+(?:e-?mail|mensagem)"
    r"|no\s+se\s+(?:ha\s+)?(?:podido|pudo)\s+entreg|unzustellbar|non\s+remis|[ée]chec|mancata\s+consegna"
    r"|email\s+address\s+(?:problem|error)|recipient\s+(?:rejected|unknown)|message\s+status",
    re.IGNORECASE,
)
_SURE_SUBJECT = re.compile(
    r"(?:mail system error|returned mail\b|undeliver(?:ed|able) (?:mail|message)|delivery status notification"
    r"|failure notice$|mail delivery (?:failed|failure)|message undeliverable)",
    re.IGNORECASE,
)
_VERP = re.compile(r"[+-]([^+=@\s]{1,64})=([^+=@\s]{1,255}\.[^+=@\s.]{2,63})(?:\+[^@]*)?@")
_PROSE = re.compile(
    r"(?:could|can)\s?not\s+(?:be\s+)?(?:deliver|send|sent)|couldn'?t\s+be\s+delivered|wasn'?t\s+(?:able\s+to\s+)?deliver"
    r"|was\s+not\s+(?:able\s+to\s+)?(?:be\s+)?deliver|unable\s+to\s+deliver|undeliverable|delivery\s+(?:has\s+)?(?:to\b.{0,200}\b)?fail"
    r"|permanent\s+(?:fatal\s+)?error|failed\s+(?:recipient|permanently)|user\s+unknown|unknown\s+user|mailbox\s+(?:is\s+)?full"
    r"|over\s+quota|no\s+such\s+(?:user|recipient|person|address)|does\s+not\s+exist|returned\s+to\s+(?:the\s+)?sender"
    r"|address(?:es)?\s+(?:had|with)\s+(?:permanent|fatal)|rejected\s+(?:by|your|the)|n[ãa]o\s+(?:foi|p[ôo]de)\s+(?:poss[íi]vel\s+)?(?:ser\s+)?entreg",
    re.IGNORECASE | re.DOTALL,
)
_DELAYED = re.compile(
    r"\bdelayed?\b|warning:?\s+(?:could\s+not|message\b.{0,40}\bdelay)|still\s+being\s+retried|will\s+(?:be\s+retried|keep\s+trying)"
    r"|no\s+action\s+is\s+required|do(?:n't|\s+not)\s+need\s+to\s+resend",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?:^|[\s:(>\"'])([45]\d\d)(?:[\s:#-](?![\d.]*\.\d+\.)|$)", re.MULTILINE)
_FAILED_ADDRESS = re.compile(r"<?([^\s<>@:;,\"'()]{1,64}@[^\s<>@:;,\"'()\]]{1,255})>?")
_RETURNED_ID = re.compile(r"^[> \t]*message-id:\s*(<[^<>\s]{1,995}>)", re.IGNORECASE | re.MULTILINE)
_RETURNED_COPY = re.compile(
    r"^[-= *]*(?:below this line is a copy|this is a copy of|original message|(?:a )?copy of (?:the|your) message"
    r"|message headers? follow|unsent message below|(?:the )?(?:header|beginning) of the).*$"
    r"|^(?:received|return-path):",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One address that a mail did not reach."""

    recipient: str | None
    status: str | None
    diagnostic: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says: what failed, and which mail it was."""

    rule: str
    failures: tuple[Failure, ...]
    original_message_id: str | None


def is_empty_sender(mail: Mail, envelope_sender: str | None) -> bool:
    """Whether nobody wants an answer: the sender of reports and automatic replies (RFC 5321, 4.5.5)."""
    if envelope_sender is not None:
        return envelope_sender == ""
    return unfold(mail.headers.first("return-path")) == b"<>"


def read_bounce(mail: Mail, envelope_sender: str | None) -> Bounce | None:
    """The delivery failure that a mail reports, or none. A delay is a failure that is not permanent."""
    is_daemon = is_empty_sender(mail, envelope_sender) or _from_daemon(mail, _DAEMONS)
    from_machine = is_daemon or _from_daemon(mail, _MAYBE_DAEMONS)
    if mail.reports and (mail.media_type == "multipart/report" or from_machine):
        return _from_reports(mail)
    if mail.report_type in {"disposition-notification", "feedback-report"}:
        return None
    if failed := unfold(mail.headers.first("x-failed-recipients")).decode("latin-1"):
        recipients = tuple(box.address for box in mailboxes(failed.encode("latin-1")))
        return _from_prose(mail, "failed_recipients_header", recipients)
    if not from_machine:
        return None
    return _from_prose(mail, "prose", ()) if _reads_as_failure(mail, is_daemon=is_daemon) else None


def with_verp_recipient(bounce: Bounce, recipients: Iterable[str]) -> Bounce:
    """The bounce; where it names nobody, with whom its own return path names (`suporte+dora=cliente.test@…`)."""
    if any(failure.recipient is not None for failure in bounce.failures):
        return bounce
    for address in recipients:
        found = _VERP.search(address)
        if found is not None and (recipient := normal_address(f"{found[1]}@{found[2]}")) is not None:
            return replace(bounce, failures=tuple(replace(one, recipient=recipient) for one in bounce.failures))
    return bounce


def _from_reports(mail: Mail) -> Bounce | None:
    failures = [
        Failure(report.recipient, report.status, report.diagnostic, _is_permanent(report))
        for report in mail.reports
        if report.action in {"failed", "delayed"}
        or (not report.action and (report.status or "").startswith(("4", "5")))
    ]
    if not failures:
        return None
    return Bounce("delivery_status", tuple(failures[:_MOST_FAILURES]), _original_id(mail))


def _is_permanent(report: Report) -> bool:
    return report.action != "delayed" and not (report.status or "5").startswith("4")


def _from_daemon(mail: Mail, daemons: re.Pattern[str]) -> bool:
    for box in mail.senders:
        local = box.address.partition("@")[0]
        if daemons.match(local) or _DAEMON_NAMES.search(box.name):
            return True
    return not mail.senders and b"@" not in mail.headers.first("from") and _is_daemon_text(mail)


def _is_daemon_text(mail: Mail) -> bool:
    """A From that is no address, such as `Mail Delivery Subsystem <MAILER-DAEMON>`."""
    return bool(re.search(rb"daemon|postmaster|mail delivery|mail system", mail.headers.first("from"), re.IGNORECASE))


def _reads_as_failure(mail: Mail, *, is_daemon: bool) -> bool:
    """A subject or words with a status code are enough from a mail daemon; from others it takes two of the three."""
    text = mail.text[:_MOST_TEXT]
    by_subject = bool(_SUBJECT.search(mail.subject) or _DELAYED.search(mail.subject))
    if by_subject and (is_daemon or _SURE_SUBJECT.match(mail.subject)):
        return True
    by_code = bool(_ENHANCED.search(text) or _REPLY_CODE.search(text))
    return bool(_PROSE.search(text)) and (by_code or by_subject)


def _from_prose(mail: Mail, rule: str, recipients: tuple[str, ...]) -> Bounce:
    text = mail.text[:_MOST_TEXT]
    copy = _RETURNED_COPY.search(text)
    said = text[: copy.start()] if copy and copy.start() > 0 else text
    status = _status(said)
    diagnostic = _diagnostic(said, status)
    permanent = not (status or "5").startswith("4") and not _DELAYED.search(mail.subject)
    status = status or ("5.0.0" if permanent else "4.0.0")
    if not recipients:
        recipients = _failed_addresses(mail, said)
    failures = tuple(Failure(one, status, diagnostic, permanent) for one in recipients[:_MOST_FAILURES])
    return Bounce(rule, failures or (Failure(None, status, diagnostic, permanent),), _original_id(mail))


def _status(said: str) -> str | None:
    if (enhanced := _ENHANCED.search(said)) is not None:
        return enhanced[1]
    code = _REPLY_CODE.search(said)
    return f"{code[1][0]}.0.0" if code is not None else None


def _diagnostic(said: str, status: str | None) -> str:
    """The line with the status, else the beginning."""
    lines = [" ".join(line.split()) for line in said.splitlines() if line.strip()]
    if status is not None:
        for line in lines:
            if _ENHANCED.search(line) or _REPLY_CODE.search(line):
                return line[:1000]
    return " ".join(lines)[:300]


def _failed_addresses(mail: Mail, said: str) -> tuple[str, ...]:
    """The addresses that the prose names, without those of the report's own sender and recipients."""
    around = {form for box in (*mail.senders, *mail.to) for form in company_forms(box.address)}
    found: dict[str, None] = {}
    for match in _FAILED_ADDRESS.finditer(said):
        address = normal_address(match[1].rstrip("."))
        if address is not None and address not in around:
            found[address] = None
    return tuple(found)[:1]


def _original_id(mail: Mail) -> str | None:
    if mail.returned is not None:
        found = re.search(r"<[^<>\s]{1,995}>", unfold(mail.returned.first("message-id")).decode("latin-1"))
        if found is not None:
            return found[0]
    in_text = _RETURNED_ID.search(mail.text[:_MOST_TEXT])
    if in_text is not None:
        return in_text[1]
    return mail.in_reply_to[0] if mail.in_reply_to else None
