"""Settings of mailboxes: what is wrong is said by name, and no secret with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from balcao.intake.imap.mailbox import read_mailboxes
from balcao.intake.settings import Settings
from tests.unit.intake.builders import SECRET

WORD = "abre-te sesamo"
RIGHT = {"name": "suporte", "address": "Suporte@Agencia.test", "host": "imap.test", "user": "suporte", "password": WORD}


def settings(**values: Any) -> Settings:
    """Of a service that has the given ones."""
    return Settings(
        mongo_url="mongodb://x",
        amqp_url="amqp://x",
        http_port=1,
        smtp_port=1,
        service_secret=SecretStr(SECRET),
        **values,
    )


def test_a_mailbox_needs_few_words() -> None:
    (mailbox,) = read_mailboxes(json.dumps([RIGHT]))

    assert mailbox.address == "suporte@agencia.test"
    assert (mailbox.reached_at, mailbox.tls, mailbox.folder, mailbox.after) == (993, "tls", "INBOX", "seen")
    assert WORD not in repr(mailbox)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"port": 70000}, "mailbox suporte: port Input should be less than or equal to 65535"),
        ({"host": None}, "mailbox suporte: host is missing"),
        ({"hots": "imap.test"}, "mailbox suporte: hots is no such setting"),
        ({"address": "suporte"}, "mailbox suporte: address is no mail address"),
        ({"name": "Suporte!"}, "mailbox Suporte!: name String should match"),
        ({"name": None}, "mailbox number 1: name is missing"),
        ({"tls": "yes"}, "mailbox suporte: tls Input should be 'tls', 'starttls' or 'none'"),
        ({"password": None}, "mailbox suporte: needs exactly one of password, password_file"),
        ({"token_command": ["token"]}, "mailbox suporte: needs exactly one of password, password_file"),
        ({"password": None, "password_file": "/no/such/file"}, "password_file names a file that is not there"),
        ({"after": "move"}, "mailbox suporte: needs move_to when after is move"),
        ({"move_to": "Feito"}, "mailbox suporte: needs move_to when after is move, and only then"),
        ({"after": "move", "move_to": "INBOX"}, "moves mails to the folder they are in"),
        ({"idle_s": 1800}, "mailbox suporte: idle_s Input should be less than or equal to 1500"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(change: dict[str, Any], said: str) -> None:
    values = {name: value for name, value in {**RIGHT, **change}.items() if value is not None}

    with pytest.raises(ValidationError) as refused:
        settings(imap_mailboxes=SecretStr(json.dumps([values])))

    (problem,) = refused.value.errors()
    assert problem["loc"] == ("imap_mailboxes",)
    assert said in problem["msg"]
    assert WORD not in problem["msg"]


def test_every_wrong_mailbox_is_named() -> None:
    again = {**RIGHT, "host": "outro.test"}
    same_place = {**RIGHT, "name": "outra"}

    with pytest.raises(ValueError, match="mailbox suporte: has its name from another one") as refused:
        read_mailboxes(json.dumps([RIGHT, again, same_place]))

    assert "mailbox outra: has its host, user and folder from another one" in str(refused.value)


@pytest.mark.parametrize(
    "text", ['[{"password": "abre-te sesamo"', '{"password": "abre-te sesamo"}', '["abre-te sesamo"]']
)
def test_what_is_no_list_of_mailboxes_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="JSON") as refused:
        read_mailboxes(text)

    assert WORD not in str(refused.value)


def test_mailboxes_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mailboxes.json"
    path.write_text(json.dumps([RIGHT]))

    assert [one.name for one in settings(imap_mailboxes_file=path).mailboxes] == ["suporte"]


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        (None, {}, "can't be read"),
        ('[{"name": "suporte"}]', {}, "mailbox suporte: address is missing"),
        ("[]", {"imap_mailboxes": SecretStr(json.dumps([RIGHT]))}, "can't be used together with"),
    ],
    ids=["no file", "a wrong one", "twice"],
)
def test_a_file_of_mailboxes_is_checked_as_well(
    tmp_path: Path, text: str | None, values: dict[str, Any], said: str
) -> None:
    path = tmp_path / "mailboxes.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ValidationError, match=said):
        settings(imap_mailboxes_file=path, **values)
