"""Where quoted text or a signature begins, so that screens can fold it: never deleted, and shown when in doubt."""

import re

_LOOKED_AT = 100_000
_MOST_ATTRIBUTION_LINES = 4
_MOST_ATTRIBUTIONS = 50
_MOST_SIGNATURE_LINES = 12

_WROTE = (
    r"wrote|writes|escreveu|escribi[óo]|a [ée]crit|schrieb|ha scritto|scrive|schreef|skrev|napisa[łl]\(?a?\)?|kirjoitti"
    r"|yazd[ıi]|napsal\(?a?\)?|[íi]rta|пишет|написал\(?а?\)?|писал\(?а?\)?|пише|написав|έγραψε|写道|寫道|のメッセージ|작성"
)
_ATTRIBUTION = re.compile(rf"(?:\b|\s)(?:{_WROTE})\b[^\n]{{0,80}}[:：]\s*$|(?:写道|寫道)[:：]?\s*$", re.IGNORECASE)
_ADDRESS = re.compile(r"\S@[^\s:：]\S*")
_MOST_AFTER_ADDRESS = 41
"""Characters between an address and the end of an attribution that has no word for "wrote", its colon among them."""
_BEGINS = re.compile(r"^\W{0,3}(?:(?:on|em|el|le|am|il|op|den|på|w dniu|dne)\b|\d{1,4}[-/. ])", re.IGNORECASE)
_MOST_LINE = 300
"""Characters of a line that its kind is judged by: no line that means anything to us is longer."""
_DIGIT = re.compile(r"\d")
_SEPARATOR = re.compile(
    r"^[ \t*]*(?:(?:-{2,}|_{2,})[ \t]*)?(?:original message|original appointment|mensagem original|mensaje original"
    r"|message d'origine|message original|urspr(?:ü|ue)ngliche nachricht|originele bericht|messaggio originale|"
    r"oprindelig meddelelse|original ?meddelande|reply message|reply separator|исходное сообщение)"
    r"[ \t]*(?:-{2,}|_{2,})[ \t]*$"
    r"|^-{3,}\s*(?:original|reply|mensagem)\b.{0,40}-{3,}\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[ \t]*(?:_{20,}|-{20,})[ \t]*$")
_FORWARDED = re.compile(
    r"forwarded|encaminhad|reenviad|weitergeleitet|transf[ée]r|inoltrat|doorgestuurd|begin forwarded", re.IGNORECASE
)
_FORWARDING = re.compile(
    r"^[ \t>*]*(?:-{2,}|_{2,}|begin|in[íi]cio)[ \t]*.{0,20}"
    r"(?:forwarded|encaminhad|reenviad|weitergeleitet|transf[ée]r|inoltrat|doorgestuurd)",
    re.IGNORECASE,
)
_FROM_FIELD = re.compile(
    r"^[ \t>*]*(?:from|de|von|da|van|fra|från|od|kimden|от|от кого|发件人|寄件者)[ \t]*(?:\*[ \t]*)?[:：]",
    re.IGNORECASE,
)
_OTHER_FIELD = re.compile(
    r"^[ \t>*]*(?:sent|date|to|subject|cc|reply-to|enviad[oa](?: em)?|enviado el|data|para|assunto"
    r"|asunto|fecha|gesendet|datum"
    r"|an|betreff|envoy[ée]|objet|[àa]|inviato|oggetto|a|verzonden|aan|onderwerp|sendt|til|emne|skickat|till|ämne"
    r"|wys[łl]ano|do|temat|отправлено|кому|тема|дата|发送时间|收件人|主题|日期)[ \t]*(?:\*[ \t]*)?[:：]",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^[ \t]*\*?(?:sent from (?:my|mail|outlook|samsung|yahoo|proton|windows|the)\b|sent (?:via|using)\b"
    r"|get outlook for\b"
    r"|enviado (?:do|de|pelo|desde|via)\b|obter o outlook\b|obtenha o outlook\b|envoy[ée] de(?:puis)? mon\b"
    r"|von mein(?:em|er) .{1,40}gesendet|gesendet von\b|inviato da(?:l)?\b|verstuurd vanaf\b|verzonden (?:vanaf|met)\b"
    r"|skickat från\b|sendt fra\b|wysłane z\b|отправлено (?:с|из)\b).{0,80}$",
    re.IGNORECASE,
)


def quote_offset(text: str) -> int | None:
    """Where what the writer did not write now begins; none when there is nothing to fold, or nothing else.

    Words that stand below quoted ones are never folded: people answer between the lines.
    """
    if not text:
        return None
    # The cheap way out for most first mails.
    if ">" not in text and ":" not in text and "--" not in text and "__" not in text and not _may_have_signature(text):
        return None
    lines = text[:_LOOKED_AT].split("\n")
    end = _hard_end(lines)
    end = _without_tail(lines, end)
    if end >= _last_with_words(lines, len(lines)):
        return None
    if _last_with_words(lines, end) == 0:
        return None
    return sum(len(line) + 1 for line in lines[:end])


def visible(text: str) -> str:
    """The text without what `quote_offset` finds."""
    return text[: quote_offset(text)].rstrip()


def own_words(text: str, quote_at: int | None) -> str:
    """What the sender wrote: without what is folded, marked as quoted, or handed on below a forwarding line."""
    kept: list[str] = []
    for line in text[:quote_at].split("\n"):
        if _FORWARDING.match(line[:_MOST_LINE]):
            break
        if not line.lstrip().startswith((">", "|")):
            kept.append(line)
    return "\n".join(kept)


def _is(kind: re.Pattern[str], line: str) -> bool:
    """Whether a whole line is of that kind; none is that is very long."""
    return len(line) <= _MOST_LINE and kind.match(line) is not None


def _may_have_signature(text: str) -> bool:
    return any(_is(_SENT_FROM, line) for line in text[-400:].split("\n"))


def _hard_end(lines: list[str]) -> int:
    """The first line from which on everything is another mail, without quote marks."""
    attributions = 0
    for number, line in enumerate(lines):
        if not line or line[0] == ">":
            continue
        if _is(_SEPARATOR, line):
            if _quoted_answers_below(lines, number):
                continue
            return number
        if _is_header_block(lines, number):
            return _with_rule_above(lines, number)
        if line.rstrip().endswith((":", "：")) and attributions < _MOST_ATTRIBUTIONS:
            attributions += 1
            if (start := _unmarked_attribution(lines, number)) is not None:
                return start
    return len(lines)


def _quoted_answers_below(lines: list[str], number: int) -> bool:
    following = _next_with_words(lines, number + 1)
    return following is not None and lines[following].lstrip().startswith(">")


def _is_header_block(lines: list[str], number: int) -> bool:
    """`From: … Sent: … To: …`, as Outlook puts above what it quotes; not the ones that forward."""
    if not _FROM_FIELD.match(lines[number][:_MOST_LINE]):
        return False
    others = sum(1 for line in lines[number + 1 : number + 7] if _OTHER_FIELD.match(line[:_MOST_LINE]))
    above = " ".join(lines[max(0, number - 3) : number])
    return others >= 2 and not _FORWARDED.search(above)


def _with_rule_above(lines: list[str], number: int) -> int:
    above = _last_with_words(lines, number)
    return above - 1 if above and _is(_RULE, lines[above - 1]) else number


def _unmarked_attribution(lines: list[str], number: int) -> int | None:
    """Where an `On … wrote:` begins that ends on this line and is followed by text without quote marks."""
    start = _attribution_start(lines, number, strict=True)
    if start is None:
        return None
    following = _next_with_words(lines, number + 1)
    if following is None or lines[following].lstrip().startswith((">", "|")):
        return None  # marked: the tail decides, so that answers below it stay visible
    return start


def _attribution_start(lines: list[str], last: int, *, strict: bool) -> int | None:
    """The first line of the attribution that ends on line `last`; none when that is no attribution."""
    joined = ""
    for start in range(last, max(-1, last - _MOST_ATTRIBUTION_LINES), -1):
        line = lines[start].strip()
        if not line or line.startswith(">"):
            return None
        joined = f"{line} {joined}".strip()
        if len(joined) > 400:
            return None
        is_one = _ATTRIBUTION.search(joined) is not None or (not strict and _ends_after_address(joined))
        if is_one and _DIGIT.search(joined):
            return _extended(lines, start)
    return None


def _ends_after_address(text: str) -> bool:
    """Whether an address stands shortly before the text's end: `2026-03-01 Ana <ana@cliente.test>:`."""
    end = max((match.end() for match in _ADDRESS.finditer(text)), default=None)
    return end is not None and len(text) - end <= _MOST_AFTER_ADDRESS


def _extended(lines: list[str], start: int) -> int:
    """Upwards over the lines that a mail program broke off the attribution's beginning."""
    for line in range(start, max(-1, start - 2), -1):
        if not lines[line].strip():
            break
        if _BEGINS.match(lines[line]):
            return line
    return start


def _without_tail(lines: list[str], end: int) -> int:
    """Take off, from below: blank and quoted lines, the attribution above them, signatures."""
    while True:
        before = end
        end = _without_quotes(lines, end)
        end = _without_signature(lines, end)
        if end == before:
            return end


def _without_quotes(lines: list[str], end: int) -> int:
    at = end
    quoted = False
    while at and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith(">")):
        quoted = quoted or bool(lines[at - 1].strip())
        at -= 1
    if not quoted or not at:
        return at if quoted else _last_with_words(lines, end)
    last = at - 1
    if _is(_SEPARATOR, lines[last]):
        return last
    if lines[last].rstrip().endswith((":", "：")):
        start = _attribution_start(lines, last, strict=False)
        return start if start is not None else at
    return at


def _without_signature(lines: list[str], end: int) -> int:
    if end and _is(_SENT_FROM, lines[end - 1]):
        return end - 1
    for number in range(end - 1, max(-1, end - 1 - _MOST_SIGNATURE_LINES), -1):
        # RFC 3676, 4.3; the space at its end is often lost.
        if lines[number].rstrip() in {"--", "—"} and lines[number][:1] in {"-", "—"}:
            return number
    return end


def _last_with_words(lines: list[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _next_with_words(lines: list[str], start: int) -> int | None:
    return next((number for number in range(start, min(len(lines), start + 6)) if lines[number].strip()), None)
