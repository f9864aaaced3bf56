"""Which mailboxes are fetched and how, as settings tell; what is wrong there is said by the mailbox's name."""

import hashlib
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from balcao.intake.domain.addresses import normal_address

_MOST_MAILBOXES = 1000
_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no such setting",
}


class ImapMailbox(BaseModel):
    """One mailbox. Exactly one of `password`, `password_file`, `token_file` and `token_command` opens it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$",
        description="Names it in logs, metrics and in the database; keep it when anything else changes.",
    )
    address: str = Field(description="The company's address whose mail lies there.")
    host: str = Field(min_length=1, max_length=253)
    port: int | None = Field(default=None, ge=1, le=65535, description="993, or 143 when `tls` is not `tls`.")
    tls: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = Field(default=None, description="Certificates to believe instead of the system's.")
    user: str = Field(min_length=1, max_length=320)
    password: SecretStr | None = None
    password_file: Path | None = None
    token_file: Path | None = Field(default=None, description="Holds an OAuth 2.0 access token; read at each login.")
    token_command: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Prints an OAuth 2.0 access token; run at each login, without a shell."
    )
    folder: str = Field(default="INBOX", min_length=1, max_length=500)
    after: Literal["seen", "move", "delete"] = Field(
        default="seen", description="What is done with a mail once it is stored."
    )
    move_to: str | None = Field(default=None, min_length=1, max_length=500, description="Made when it is not there.")
    begin: Literal["unseen", "all", "new"] = Field(
        default="unseen", description="Which of the mails are taken that were there before the first time."
    )
    idle_s: float = Field(default=240.0, ge=5, le=1500, description="An IDLE is renewed after so long.")
    poll_s: float = Field(default=60.0, ge=1, le=3600, description="How often to look where there is no IDLE.")

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        address = normal_address(value)
        if address is None:
            raise ValueError("is no mail address")
        return address

    @field_validator("password_file", "token_file", "ca_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("names a file that is not there")
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        ways = ("password", "password_file", "token_file", "token_command")
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise ValueError(f"needs exactly one of {', '.join(ways)}")
        if (self.after == "move") != (self.move_to is not None):
            raise ValueError("needs move_to when after is move, and only then")
        if self.move_to == self.folder:
            raise ValueError("moves mails to the folder they are in")
        if self.tls == "none" and self.ca_file is not None:
            raise ValueError("has a ca_file and no TLS")
        return self

    @property
    def where(self) -> str:
        """Stands for server, account and folder: what was noted of one place is not true of another."""
        return hashlib.sha256(f"{self.host}\0{self.reached_at}\0{self.user}\0{self.folder}".encode()).hexdigest()[:32]

    @property
    def reached_at(self) -> int:
        """The server's port."""
        return self.port or _PORTS[self.tls]

    def tls_context(self) -> ssl.SSLContext | None:
        """How to speak TLS; none when nothing is encrypted. Raises `OSError` for a broken `ca_file`."""
        return None if self.tls == "none" else ssl.create_default_context(cafile=self.ca_file)


def read_mailboxes(text: str) -> tuple[ImapMailbox, ...]:
    """The mailboxes of a JSON list; none of an empty text. Raises `ValueError` naming each wrong value."""
    if not text.strip():
        return ()
    try:
        listed = json.loads(text)
    except ValueError as error:
        # The parser's own words would show what stands around, and that may be a password.
        raise ValueError(f"is no JSON{_at(error)}") from None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise ValueError("must be a JSON list of objects, one for each mailbox")
    if len(listed) > _MOST_MAILBOXES:
        raise ValueError(f"has more than {_MOST_MAILBOXES} mailboxes")
    wrong: list[str] = []
    mailboxes: list[ImapMailbox] = []
    for place, values in enumerate(listed, start=1):
        try:
            mailboxes.append(ImapMailbox.model_validate(values))
        except ValidationError as error:
            wrong += [f"mailbox {_called(values, place)}: {_said(problem)}" for problem in error.errors()]
    wrong += _twice(mailboxes, lambda one: one.name, "its name")
    wrong += _twice(mailboxes, lambda one: one.where, "its host, user and folder")
    if wrong:
        raise ValueError("; ".join(wrong))
    return tuple(mailboxes)


def _at(error: ValueError) -> str:
    return f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""


def _called(values: dict[str, Any], place: int) -> str:
    name = values.get("name")
    return name[:64] if isinstance(name, str) and name else f"number {place}"


def _said(problem: Any) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    words = _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return f"{field} {words}" if field else words


def _twice(mailboxes: list[ImapMailbox], of: Callable[[ImapMailbox], str], what: str) -> list[str]:
    seen: set[str] = set()
    wrong = []
    for one in mailboxes:
        if of(one) in seen:
            wrong.append(f"mailbox {one.name}: has {what} from another one")
        seen.add(of(one))
    return wrong
