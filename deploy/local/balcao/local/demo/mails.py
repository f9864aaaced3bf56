"""The mails that requesters of the demo write."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid

from balcao.local.demo.company import DemoCompany, Player
from balcao.local.demo.doors import Received

SHEET_NAME = "itens do cardápio.csv"
SHEET = (
    "item;preço;observação\r\n"
    "Pão na chapa;9,50;manteiga da casa\r\n"
    "Bolo de fubá;12,00;só aos sábados\r\n"
    "Café coado;7,00;grãos da serra\r\n"
).encode()


def question(sender: Player, company: DemoCompany, subject: str) -> EmailMessage:
    """A plain mail from somebody who never wrote before."""
    mail = _blank(sender, company.address, subject)
    mail.set_content(
        "Boa tarde,\n\nprecisamos de duas peças para a reinauguração: um convite para redes sociais e um folheto "
        "A5.\nVocês conseguem até o fim do mês?\n\nObrigado,\n" + sender.name + "\n"
    )
    return mail


def request_with_sheet(sender: Player, company: DemoCompany, subject: str) -> EmailMessage:
    """A mail as office programs write it: text, the same as HTML, and a file."""
    mail = _blank(sender, company.address, subject)
    mail.set_content(
        "Olá, equipe!\n\nSegue a planilha com os itens novos. Podem montar o cardápio de primavera?\n"
        "Se der, com a mesma ilustração do ano passado.\n\nAbraços,\n" + sender.name + "\n"
    )
    mail.add_alternative(
        "<p>Olá, equipe!</p><p>Segue a planilha com os <b>itens novos</b>. Podem montar o cardápio de primavera?<br>"
        f"Se der, com a mesma ilustração do ano passado.</p><p>Abraços,<br>{sender.name}</p>",
        subtype="html",
    )
    mail.add_attachment(SHEET, maintype="text", subtype="csv", filename=SHEET_NAME)
    return mail


def answer_to(received: Received, sender: Player, words: str) -> EmailMessage:
    """What a mail program makes when one presses Reply: the address, the thread and the quote of the mail received."""
    to = received.header("Reply-To") or received.header("From")
    subject = received.header("Subject")
    mail = _blank(sender, to, subject if subject.lower().startswith("re:") else f"Re: {subject}")
    message_id = received.header("Message-ID")
    mail["In-Reply-To"] = message_id
    mail["References"] = f"{received.header('References')} {message_id}".strip()
    quoted = "\n".join(f"> {line}" for line in received.text.splitlines())
    mail.set_content(f"{words}\n\nEm {received.header('Date')}, {received.header('From')} escreveu:\n\n{quoted}\n")
    return mail


def _blank(sender: Player, to: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = formataddr((sender.name, sender.address))
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=sender.address.partition("@")[2])
    return mail
