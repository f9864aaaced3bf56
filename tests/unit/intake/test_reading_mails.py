"""What is read in a mail: words, files, people, whatever the form they come in."""

import pytest

from balcao.intake.domain.parse import extract, parse
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part, joined, taken

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def test_a_plain_mail_gives_its_words_and_people() -> None:
    mail = parse(a_mail("Olá,\r\nprecisamos de um banner.\r\n", Cc="Eva <EVA@Cliente.test>"))

    assert mail.text == "Olá,\nprecisamos de um banner.\n"
    assert mail.subject == "Banner de Natal"
    assert [(box.name, box.address) for box in (*mail.senders, *mail.cc)] == [
        ("Dora", "dora@cliente.test"),
        ("Eva", "eva@cliente.test"),
    ]
    assert mail.message_id == "<um@cliente.test>"
    assert mail.sent_at is not None
    assert mail.sent_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?Or=C3=A7amento?=", "Orçamento"),
        ("=?UTF-8?B?T3LDp2FtZW50bw==?= do =?iso-8859-1?q?m=EAs?=", "Orçamento do mês"),
        ("=?utf-8?q?Or=C3?= =?utf-8?q?=A7amento?=", "Orçamento"),
        ("=?utf-8?q?dois?=\r\n =?utf-8?q?_pedidos?=", "dois pedidos"),
        ("=?utf-8?q?com espaço?=", "com espaço"),
        ("=?nada?q?abc?=", "abc"),
        ("=?utf-8?b?T3LDp2FtZW50bw?=", "Orçamento"),
        ("=?utf-8*pt?q?ol=C3=A1?=", "olá"),
        ("Orçamento cru", "Orçamento cru"),
        ("=?utf-8?q?inacabado", "=?utf-8?q?inacabado"),
        ("duas\r\n\tlinhas", "duas linhas"),
    ],
    ids=[
        "quoted",
        "mixed charsets",
        "character over two words",
        "space between words is none",
        "raw spaces",
        "unknown charset",
        "missing padding",
        "language",
        "raw utf-8",
        "unfinished",
        "folded",
    ],
)
def test_subjects_are_read_as_people_meant_them(raw: str, text: str) -> None:
    assert parse(a_mail(Subject=raw)).subject == text


@pytest.mark.parametrize(
    ("declared", "content", "text"),
    [
        ("iso-8859-1", b"\x93Promo\xe7\xe3o\x94 \x80 5", "“Promoção” € 5"),
        ("gb2312", "镕基".encode("gb18030"), "镕基"),
        ("us-ascii", "promoção".encode(), "promoção"),
        ("iso-8859-1", "promoção".encode(), "promoção"),
        ("nunca-visto", "promoção e mais uma ação".encode("cp1252"), "promoção e mais uma ação"),
        ("shift_jis", "①テスト".encode("cp932"), "①テスト"),
        ("ks_c_5601-1987", "똠방".encode("cp949"), "똠방"),
        ("utf-16", "olá".encode("utf-16"), "olá"),
        ("iso-2022-jp", "日本語".encode("iso2022_jp"), "日本語"),
        ("utf-8", b"a\x00b", "a\ufffdb"),
    ],
)
def test_text_is_read_by_the_charset_that_was_meant(declared: str, content: bytes, text: str) -> None:
    mail = parse(a_mail(content, Content_Type=f"text/plain; charset={declared}"))

    assert mail.text == text


def test_alternatives_are_the_same_words_once() -> None:
    mail = parse(
        a_multipart(
            a_part("olá em texto", "Content-Type: text/plain"),
            a_part("<p>olá em <b>html</b></p>", "Content-Type: text/html"),
            subtype="alternative",
        )
    )

    assert mail.text == "olá em texto"
    assert "html" in mail.html
    assert mail.attachments == ()


def test_a_mail_of_html_alone_gets_its_text_from_it() -> None:
    html = "<html><head><style>p{color:red}</style></head><body><p>Olá,</p><p>segue a&nbsp;arte.</p></body></html>"
    mail = parse(a_mail(html, Content_Type="text/html; charset=utf-8"))

    assert mail.text.split() == ["Olá,", "segue", "a", "arte."]
    assert "color" not in mail.text


def test_a_footer_in_text_does_not_replace_the_words_in_html() -> None:
    mail = parse(
        a_multipart(
            a_part("<p>o pedido</p>", "Content-Type: text/html"),
            a_part("rodapé da lista", "Content-Type: text/plain"),
        )
    )

    assert "o pedido" in mail.text
    assert "rodapé da lista" in mail.text


def test_files_are_found_with_their_names_types_and_sizes() -> None:
    content = bytes(range(256)) * 40
    raw = a_multipart(
        a_part("segue", "Content-Type: text/plain"), a_file(content), a_file(PNG, "x.png", "application/octet-stream")
    )
    mail = parse(raw)

    assert [(one.part, one.name, one.media_type, one.size) for one in mail.attachments] == [
        ("2", "arte.pdf", "application/pdf", len(content)),
        ("3", "x.png", "image/png", len(PNG)),
    ]
    found = extract(raw, "2")
    assert found is not None
    assert found[1] == content
    assert extract(raw, "9") is None
    assert extract(raw, "1") is None, "the words are no file"


@pytest.mark.parametrize("size", range(70, 80))
def test_sizes_are_exact_whatever_the_padding(size: int) -> None:
    content = bytes(size)
    raw = a_multipart(a_part("segue", "Content-Type: text/plain"), a_file(content))
    found = extract(raw, "2")

    assert found is not None
    assert found[0].size == size == len(found[1])


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=utf-8''or%C3%A7amento.pdf", "orçamento.pdf"),
        ("attachment; filename*0*=iso-8859-1'pt'or%E7a; filename*1*=mento; filename*2=.pdf", "orçamento.pdf"),
        ('attachment; filename="=?utf-8?q?or=C3=A7amento.pdf?="', "orçamento.pdf"),
        ('attachment; filename="orçamento.pdf"', "orçamento.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\pasta\\\\arte.ai"', "arte.ai"),
        ("attachment; filename=minha arte.png", "minha arte.png"),
        ('attachment; filename="abc\u202egnp.exe"', "abcgnp.exe"),
        ('attachment; filename=".."', "attachment-2.pdf"),
        ("attachment", "attachment-2.pdf"),
        ('attachment; filename="' + "a" * 300 + '.pdf"', "a" * 146 + ".pdf"),
    ],
    ids=["2231", "continued", "2047", "raw", "path", "windows", "bare", "direction", "dots", "none", "long"],
)
def test_file_names_are_readable_and_safe(disposition: str, name: str) -> None:
    part = a_part("x", "Content-Type: application/pdf", f"Content-Disposition: {disposition}")
    (attachment,) = parse(a_multipart(a_part("segue"), part)).attachments

    assert attachment.name == name


def test_images_that_the_text_shows_are_inline_whatever_they_say() -> None:
    raw = a_multipart(
        a_part('<img src="cid:logo@x">', "Content-Type: text/html"),
        a_file(PNG, "logo.png", "image/png", "Content-ID: <logo@x>"),
        subtype="related",
    )
    (attachment,) = parse(raw).attachments

    assert attachment.inline
    assert attachment.content_id == "logo@x"


def test_a_forwarded_mail_is_a_file_exactly_as_it_was() -> None:
    inner = a_mail("dentro", Subject="O original")
    raw = a_multipart(a_part("veja"), a_part(inner, "Content-Type: message/rfc822"))
    mail = parse(raw)

    assert mail.text == "veja"
    assert [one.name for one in mail.attachments] == ["O original.eml"]
    found = extract(raw, "2")
    assert found is not None
    assert found[1] == inner


def test_the_parts_of_a_signed_mail_come_untouched() -> None:
    signed = a_part("contrato  \r\n", "Content-Type: text/plain")
    raw = a_multipart(signed, a_part("assinatura", "Content-Type: application/pkcs7-signature"), subtype="signed")

    assert signed in raw
    assert parse(raw).text == "contrato  \n"
    assert [one.name for one in parse(raw).attachments] == ["attachment-2.p7s"]


def test_nested_parts_are_numbered_as_imap_does() -> None:
    inner = joined(a_part("texto", "Content-Type: text/plain"), a_file(b"a", "a.txt"), boundary="dentro")
    raw = a_multipart(a_part(inner, 'Content-Type: multipart/mixed; boundary="dentro"'), a_file(b"b", "b.txt"))

    assert [(one.part, one.name) for one in parse(raw).attachments] == [("1.2", "a.txt"), ("2", "b.txt")]


def test_uuencoded_parts_are_decoded() -> None:
    raw = a_multipart(
        a_part("segue"),
        a_part(
            b"begin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n",
            'Content-Type: application/octet-stream; name="a.txt"',
            "Content-Transfer-Encoding: x-uuencode",
        ),
    )
    found = extract(raw, "2")

    assert found is not None
    assert found[1] == b"abc"


@pytest.mark.parametrize(
    ("field", "addresses"),
    [
        ("dora@cliente.test", ["dora@cliente.test"]),
        ('"Silva, Dora" <dora@cliente.test>', ["dora@cliente.test"]),
        ("Silva, Dora <dora@cliente.test>", ["dora@cliente.test"]),
        ('"outra@x.test" <dora@cliente.test>', ["dora@cliente.test"]),
        ("dora@cliente.test (Dora)", ["dora@cliente.test"]),
        ("Equipe: dora@cliente.test, eva@cliente.test;", ["dora@cliente.test", "eva@cliente.test"]),
        ("undisclosed-recipients:;", []),
        ("<@relay.test:dora@cliente.test>", ["dora@cliente.test"]),
        ("Dora <dora@cliente.test", ["dora@cliente.test"]),
        ("Dora <mailto:dora@cliente.test>", ["dora@cliente.test"]),
        ("=?utf-8?q?D=C3=B3ra?= <dora@cliente.test>", ["dora@cliente.test"]),
        ("ninguém", []),
        ("", []),
    ],
)
def test_addresses_are_found_in_whatever_people_write(field: str, addresses: list[str]) -> None:
    assert [box.address for box in parse(a_mail(To=field)).to] == addresses


def test_a_name_with_a_comma_keeps_both_halves() -> None:
    (box,) = parse(a_mail(From="Silva, Dora <dora@cliente.test>")).senders

    assert box.name == "Silva, Dora"


@pytest.mark.parametrize(
    "raw",
    [
        a_mail("corpo").replace(b"\r\n", b"\n"),
        a_mail("corpo").replace(b"\r\n", b"\r"),
        b"\xef\xbb\xbf" + a_mail("corpo"),
        b"\r\n\r\n" + a_mail("corpo"),
        b"From dora@cliente.test Mon Mar  2 09:00:00 2026\r\n" + a_mail("corpo"),
        a_mail("corpo").replace(b"Subject:", b"Subject :"),
        a_mail("corpo").replace(b"To: Suporte", b"quebrada sem recuo\r\nTo: Suporte"),
    ],
    ids=["lf", "cr", "bom", "blank lines", "mbox", "space before colon", "broken line"],
)
def test_broken_headers_are_read_all_the_same(raw: bytes) -> None:
    mail = parse(raw)

    assert mail.subject == "Banner de Natal"
    assert mail.to[0].address == "suporte@agencia.test"
    assert mail.text.strip() == "corpo"


@pytest.mark.parametrize(
    "raw",
    [
        a_multipart(a_part("olá")).replace(b"--fronteira--", b""),
        a_multipart(a_part("olá")).replace(b'boundary="fronteira"', b"boundary=outra"),
        a_mail("olá", Content_Type="multipart/mixed"),
        a_mail("olá", Content_Type="multipart/mixed; boundary=nenhuma"),
        a_mail("olá", Content_Type="texto"),
        a_mail("olá", Content_Type="text/plain; charset"),
    ],
    ids=["never closed", "wrong boundary", "no boundary", "boundary not used", "no type", "odd parameter"],
)
def test_words_survive_broken_structure(raw: bytes) -> None:
    assert "olá" in parse(raw).text


def test_the_only_words_are_shown_even_when_they_come_as_a_file() -> None:
    raw = a_multipart(a_part("o pedido", 'Content-Type: text/plain; name="pedido.txt"'), a_file(b"x"))

    assert parse(raw).text == "o pedido"
    assert [one.name for one in parse(raw).attachments] == ["pedido.txt", "arte.pdf"]


def test_two_texts_of_one_form_in_an_alternative_are_both_kept() -> None:
    mail = parse(
        a_multipart(
            a_part("o pedido", "Content-Type: text/plain"),
            a_part("aviso legal", "Content-Type: text/plain"),
            subtype="alternative",
        )
    )
    assert mail.text.split("\n") == ["o pedido", "aviso legal"]


def test_a_first_part_whose_delimiter_is_missing_is_read() -> None:
    raw = a_mail(
        "o texto\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>o html</p>\r\n--b--\r\n",
        Content_Type="multipart/alternative; boundary=b\r\nContent-Type: text/plain; charset=utf-8",
    )
    mail = parse(raw)
    assert (mail.text, mail.html) == ("o texto", "<p>o html</p>")


def test_a_boundary_inside_that_ends_in_dashes_closes_nothing_outside() -> None:
    raw = a_mail(
        "--a\r\nContent-Type: multipart/mixed; boundary=a--\r\n\r\n--a--\r\n\r\num\r\n--a--\r\n\r\ndois\r\n--a----\r\n",
        Content_Type="multipart/mixed; boundary=a",
    )
    assert parse(raw).text.split() == ["um", "dois"]


def test_a_sender_without_a_domain_is_named_and_held() -> None:
    raw = a_mail(From="Moderador <moderador>")
    assert parse(raw).senders[0].address == "moderador"
    one = taken(raw, sender="")
    assert one.outcome != "accepted"


WINDOWS = b"MZ" + bytes(58) + (128).to_bytes(4, "little") + bytes(300)


@pytest.mark.parametrize(
    ("content", "declared", "shown"),
    [
        (WINDOWS, "application/pdf", "application/x-msdownload"),
        (WINDOWS, "image/png", "application/x-msdownload"),
        (WINDOWS, "application/octet-stream", "application/x-msdownload"),
        (b"\x7fELF" + bytes(300), "application/zip", "application/x-executable"),
        (b"MZ" + b"x" * 300, "application/json", "application/json"),
        (b"%PDF-1.5 " + bytes(300), "application/illustrator", "application/illustrator"),
        (PNG, "application/pdf", "application/pdf"),
    ],
)
def test_a_program_is_one_whatever_it_claims_to_be(content: bytes, declared: str, shown: str) -> None:
    (file,) = parse(a_multipart(a_part("segue"), a_file(content, "arte.pdf", declared))).attachments
    assert (file.media_type, file.name, file.size) == (shown, "arte.pdf", len(content))


def test_text_that_only_claims_to_be_base64_is_shown_as_it_came() -> None:
    mail = parse(a_mail("Olá! Precisamos de um banner, por favor.", Content_Transfer_Encoding="base64"))
    assert mail.text == "Olá! Precisamos de um banner, por favor."


def test_a_name_whose_quote_never_closes_hides_no_other_parameter() -> None:
    mail = parse(
        a_multipart(a_part("x", 'Content-Type: application/pdf; name="arte.pdf; charset=utf-8', "Content-ID: <a>"))
    )
    assert mail.attachments[0].name == "arte.pdf"


def test_what_html_quotes_is_marked_as_a_quote_in_its_text() -> None:
    html = '<p>aprovado</p><blockquote type="cite"><p>segue a arte</p></blockquote>'
    assert "> segue a arte" in parse(a_mail(html, Content_Type="text/html")).text


@pytest.mark.parametrize(
    "text", ["olá você", "não", "Reunião amanhã às 10h – “já”", "¿Qué tal, señor?"[1:], "Grüße aus Köln"]
)
def test_a_short_western_text_without_a_charset_is_read_as_one(text: str) -> None:
    """Guessers take two accents among Latin letters for Greek."""
    raw = a_mail(text.encode("cp1252"), Content_Type=None)
    assert parse(raw).text == text


@pytest.mark.parametrize(
    ("text", "codec"), [("Привет, как дела? Нужен баннер.", "koi8-r"), ("Καλημέρα σας, χρειαζόμαστε", "iso-8859-7")]
)
def test_text_in_another_alphabet_without_a_charset_is_still_guessed(text: str, codec: str) -> None:
    assert parse(a_mail(text.encode(codec), Content_Type=None)).text == text
