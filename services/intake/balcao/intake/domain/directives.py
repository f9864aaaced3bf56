"""What a mail asks for in its own words: `#workspace` in the subject, `[prioridade:50]` and its like in the body (O7).

Only what can be told from the mail alone is decided here. Which workspace or analyst is meant, and whether the sender
may ask for it, is for `tickets`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from balcao.intake.domain.addresses import mailboxes
from balcao.intake.domain.quotes import own_words
from balcao.shared.events import MailDirective

_MOST_TEXT = 50_000
_MOST_DIRECTIVES = 20
_MOST_GIVEN = 200

_HASHTAG = re.compile(r"(?<![\w#\[&])#(\w[\w./-]{0,99})")
_IN_BODY = re.compile(r"\[\s{0,5}([^\W\d_]{2,20}(?: [^\W\d_]{2,20}){0,2})\s{0,5}[:：=]([^\[\]]{0,200})\]")
_KINDS = {
    **dict.fromkeys(("workspace", "espaco", "espaco de trabalho"), "workspace"),
    **dict.fromkeys(("analista", "analyst"), "analyst"),
    **dict.fromkeys(("prioridade", "priority"), "priority"),
    **dict.fromkeys(("tipo", "type"), "type"),
}
_TYPES = {
    **dict.fromkeys(("1", "request", "pedido", "solicitacao", "requisicao"), "request"),
    **dict.fromkeys(("2", "question", "duvida", "pergunta"), "question"),
    **dict.fromkeys(("3", "fix", "correcao", "ajuste"), "fix"),
    **dict.fromkeys(("4", "quote", "orcamento", "cotacao"), "quote"),
    **dict.fromkeys(("5", "improvement", "melhoria"), "improvement"),
}


def folded(text: str) -> str:
    """Without accents, in lower case, white space as one space: how names in directives are compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def directives(subject: str, text: str, quote_at: int | None) -> tuple[MailDirective, ...]:
    """The directives in a mail, those that weigh more first: the body's, then the subject's (O8).

    Quoted text, signatures and what is forwarded are not the sender's own words and give none. Of two of one kind in
    one place the first counts; the others are listed as ignored, as is what can't be understood.
    """
    found = [*_in_body(own_words(text[:_MOST_TEXT], quote_at)), *_in_subject(subject)]
    seen: set[tuple[str, str]] = set()
    told: list[MailDirective] = []
    for one in found[:_MOST_DIRECTIVES]:
        key = (one.kind, one.place)
        if one.ignored is None and key in seen:
            told.append(one.model_copy(update={"ignored": "repeated"}))
            continue
        if one.ignored is None:
            seen.add(key)
        told.append(one)
    return tuple(told)


def _in_subject(subject: str) -> Iterator[MailDirective]:
    for match in _HASHTAG.finditer(subject):
        name = match[1].rstrip("./-")
        if not name.isdigit():  # `#123` is a ticket's number
            yield MailDirective(kind="workspace", place="subject", given=match[0], value=folded(name))


def _in_body(text: str) -> Iterator[MailDirective]:
    for match in _IN_BODY.finditer(text):
        kind = _KINDS.get(folded(match[1]))
        if kind is not None:
            value, ignored = _VALUES[kind](match[2].strip())
            yield MailDirective.model_validate(
                {"kind": kind, "place": "body", "given": match[0][:_MOST_GIVEN], "value": value, "ignored": ignored}
            )


_Value = tuple[str | None, str | None]


def _workspace(given: str) -> _Value:
    name = folded(given.lstrip("#"))
    return (name, None) if name else (None, "empty")


def _analyst(given: str) -> _Value:
    # Mail programs turn an address into a link: `ana@x.test <mailto:ana@x.test>`.
    boxes = mailboxes(given.encode())
    return (boxes[0].address, None) if boxes else (None, "no_address" if given else "empty")


def _priority(given: str) -> _Value:
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", given):
        return None, "no_whole_number" if given else "empty"
    number = int(given)
    return (str(number), None) if 0 <= number <= 100 else (None, "out_of_range")


def _type(given: str) -> _Value:
    known = _TYPES.get(folded(given))
    return (known, None) if known else (None, "unknown_type" if given else "empty")


_VALUES: dict[str, Callable[[str], _Value]] = {
    "workspace": _workspace,
    "analyst": _analyst,
    "priority": _priority,
    "type": _type,
}
