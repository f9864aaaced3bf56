"""Realistic mails from a seeded generator: multipart/alternative in pt-BR, a third with an attachment."""

import random
from base64 import encodebytes
from dataclasses import dataclass
from email.header import Header
from quopri import encodestring

SENDERS = 50
_WORDS = (
    "campanha anúncio arte banner prévia revisão cliente produção vídeo roteiro aprovação página conteúdo imagem "
    "logotipo você não também então além início após até é à ação correção orçamento melhoria prazo segunda terça "
    "quarta quinta sexta reunião equipe entrega arquivo texto título botão cor fundo tamanho formato impressão site "
    "loja evento feira convite cartaz folheto de da do para com em uma um por mais que os as no na"
).split()


@dataclass(frozen=True)
class Sample:
    """One generated mail."""

    sender: str
    message_id: str
    raw: bytes


def samples(count: int, to: str, seed: int = 7, run: str = "") -> list[Sample]:
    """The same mails for the same arguments; `run` makes the Message-IDs of two runs differ."""
    chance = random.Random(seed)
    return [_sample(chance, number, to, run) for number in range(count)]


def _sample(chance: random.Random, number: int, to: str, run: str) -> Sample:
    who = chance.randrange(SENDERS)
    sender = f"cliente{who}@loja{who}.test"
    message_id = f"<{run}{number}.{chance.getrandbits(64):x}@loja{who}.test>"
    boundary = f"=_{chance.getrandbits(96):x}"
    body = _alternative(chance, boundary)
    content_type = f'multipart/alternative; boundary="{boundary}"'
    if number % 3 == 0:
        outer = f"=_{chance.getrandbits(96):x}"
        body = _with_attachment(chance, outer, content_type, body)
        content_type = f'multipart/mixed; boundary="{outer}"'
    subject = Header(_sentence(chance, 6).capitalize(), "utf-8").encode()
    head = (
        f"Received: from mx{who}.loja{who}.test (mx{who}.loja{who}.test [192.0.2.{who}]) by mx.agencia.test;"
        " Mon, 2 Mar 2026 09:00:00 -0300\r\n"
        f"From: {Header(f'José Conceição {who}', 'utf-8').encode()} <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\n"
        f"Message-ID: {message_id}\r\nDate: Mon, 2 Mar 2026 09:00:00 -0300\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return Sample(sender, message_id, head.encode() + body)


def _alternative(chance: random.Random, boundary: str) -> bytes:
    text = "\n\n".join(
        _sentence(chance, chance.randint(12, 40)).capitalize() + "." for _ in range(chance.randint(6, 12))
    )
    paragraphs = "".join(f'<p style="font-family:Arial">{one}</p>\n' for one in text.split("\n\n"))
    html = f"<html><body><div>{paragraphs}</div></body></html>"
    parts = b""
    for subtype, content in (("plain", text), ("html", html)):
        parts += f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n".encode()
        parts += b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        parts += encodestring(content.encode()).replace(b"\n", b"\r\n") + b"\r\n"
    return parts + f"--{boundary}--\r\n".encode()


def _with_attachment(chance: random.Random, boundary: str, content_type: str, body: bytes) -> bytes:
    content = encodebytes(chance.randbytes(chance.randint(50_000, 200_000) * 3 // 4)).replace(b"\n", b"\r\n")
    return (
        f"--{boundary}\r\nContent-Type: {content_type}\r\n\r\n".encode()
        + body
        + f'\r\n--{boundary}\r\nContent-Type: application/pdf; name="prévia.pdf"\r\n'.encode()
        + b"Content-Transfer-Encoding: base64\r\n"
        + b"Content-Disposition: attachment; filename*=utf-8''pr%C3%A9via.pdf\r\n\r\n"
        + content
        + f"--{boundary}--\r\n".encode()
    )


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words))
