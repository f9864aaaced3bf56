"""What is folded below a reply, and what never is."""

import pytest

from balcao.intake.domain.quotes import quote_offset, visible

ANSWER = "Pode ser azul."


@pytest.mark.parametrize(
    "tail",
    [
        "\n\nEm 2 de mar. de 2026 às 10:58, Agência <\nsuporte@agencia.test> escreveu:\n\n> Que cor?\n",
        "\n\nOn Mon, Mar 2, 2026 at 9:00 AM, Agency <a@b.test> wrote:\n> Which colour?\n>> older\n",
        "\n\nAm 2. März 2026 um 09:00 schrieb Agentur <a@b.test>:\n> Welche Farbe?\n",
        "\n\nEl 2 de marzo de 2026, Agencia escribió:\n\n> ¿Qué color?\n",
        "\n\n-----Mensagem original-----\nDe: Agência\nEnviada em: 2 de março\nPara: Dora\nAssunto: Banner\n\nQue cor?",
        f"\n\n{'_' * 32}\nDe: Agência <a@b.test>\nEnviado: segunda\nPara: Dora\nAssunto: X\n\nQue cor?",
        "\n\nFrom: Agency <a@b.test>\nSent: Monday\nTo: Dora\nSubject: X\n\nWhich colour?",
        "\n\nOn 2 March 2026, Agency wrote:\n\nWhich colour? (no marks)\n",
        "\n\n-- \nDora\nCliente Ltda.",
        "\n\nEnviado do meu iPhone",
        "\n\nSent from my iPhone\n\nOn 2 Mar 2026, at 09:00, Agency <a@b.test> wrote:\n\n> Which colour?\n",
        "\n\n> Que cor?\n",
    ],
    ids=[
        "gmail pt",
        "gmail en",
        "gmail de",
        "gmail es",
        "outlook pt",
        "outlook web",
        "outlook en",
        "unmarked",
        "signature",
        "phone",
        "phone and quote",
        "marks only",
    ],
)
def test_what_follows_the_answer_is_folded(tail: str) -> None:
    assert visible(ANSWER + tail) == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "Que cor?",
        "> Que cor?\n\nAzul.",
        "Em 2 de mar. de 2026, Agência <a@b.test> escreveu:\n> Que cor?\n\nAzul.\n> E o fundo?\nBranco.",
        "Itens:\n- um\n- dois",
        "O prazo é este: 10/03.\nDe: São Paulo\nque o evento sai.",
        "> só citação",
        "---------- Forwarded message ---------\nFrom: Eva <e@x.test>\nDate: Mon\nSubject: X\nTo: Dora\n\nveja abaixo",
        "",
    ],
    ids=["plain", "answer below", "between the lines", "list", "looks like a header", "only quote", "forward", "empty"],
)
def test_words_that_were_written_now_are_never_folded(text: str) -> None:
    assert quote_offset(text) is None


def test_the_offset_is_a_place_in_the_text() -> None:
    text = f"{ANSWER}\n\n> Que cor?\n"
    at = quote_offset(text)

    assert at is not None
    assert text[at:].strip() == "> Que cor?"
