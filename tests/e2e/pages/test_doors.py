"""How people get in and out in real browsers: by invitation, by password, and by a link when that is forgotten."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from balcao.local.demo.company import PASSWORD, DemoCompany
from balcao.local.demo.doors import Doors
from tests.browser.axe import violations
from tests.browser.browsers import PHONE, Browsers
from tests.e2e.pages.beginnings import PAGE_TEST

pytestmark = PAGE_TEST

CHOSEN = "escolhida pela convidada 7"  # pragma: allowlist secret
NEWLY_CHOSEN = "outra lanterna, bem acesa"  # pragma: allowlist secret


async def test_a_newcomer_follows_the_invitation_on_a_phone_and_is_in_and_the_link_is_spent(
    browsers: Browsers, doors: Doors, company: DemoCompany
) -> None:
    """O3, P1: in another language too, which keeps the link's token."""
    browsers.expect_refusals("/invitation")
    guest, begun = await newcomer(doors, company), just_now()
    link = await link_in(doors, guest, "invitation", begun)
    page = await browsers.visit(link, size=PHONE)
    await expect(page.get_by_text("Boas-vindas, Convidada.")).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_label("New password")).to_be_visible()
    await page.get_by_role("button", name="Português").click()
    password = page.get_by_label("Nova senha")
    await expect(password).to_be_visible()
    assert await violations(page) == []

    await password.fill(CHOSEN)
    await page.get_by_role("button", name="Definir a senha e continuar").click()

    await page.wait_for_url("**/my/tickets")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    again = await browsers.visit(link)
    await expect(again.get_by_role("alert")).to_contain_text("já foi usado")
    await expect(again.get_by_role("link", name="Receber um link para uma nova senha")).to_be_visible()
    await again.get_by_role("button", name="Ir para a página de entrada").click()
    await sign_in(again, guest, CHOSEN)
    await again.wait_for_url("**/my/tickets")


async def test_what_is_wrong_when_signing_in_is_said_and_language_and_darkness_outlive_signing_out(
    browsers: Browsers, doors: Doors, company: DemoCompany
) -> None:
    """P1"""
    browsers.expect_refusals("/sign-in")
    page = await browsers.visit(f"/{company.slug}/sign-in")
    await sign_in(page, company.analyst(1).address, "errada-errada")
    await expect(page.get_by_role("alert")).to_have_text("E-mail ou senha incorretos.")
    await expect(page.get_by_label("E-mail")).to_have_value(company.analyst(1).address)
    await page.get_by_label("Senha", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Entrar").click()
    await page.wait_for_url("**/desk")

    await page.goto(f"{browsers.url}/{company.slug}/desk/profile")
    here = page.get_by_role("region", name="Neste navegador")
    await here.get_by_label("Aparência").select_option("dark")
    await here.get_by_label("Idioma").select_option("en")
    await here.get_by_role("button", name="Aplicar").click()
    await expect(page.locator("html[data-theme=dark][lang=en]")).to_be_attached()
    await page.locator("summary", has_text=company.analyst(1).name).click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    await expect(page.locator("html[data-theme=dark][lang=en]")).to_be_attached()
    assert await violations(page) == []
    await page.goto(f"{browsers.url}/{company.slug}/desk/profile")
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    throttled = f"ninguem-{secrets.token_hex(4)}@cliente-novo.test"
    body = {"company": company.slug, "address": throttled, "password": "errada-errada"}
    for _ in range(10):
        assert (await doors.http.post("/api/v1/sessions", json=body)).status_code == 401
    await sign_in(page, throttled, "errada-errada", ("E-mail", "Password", "Sign in"))
    await expect(page.get_by_role("alert")).to_contain_text("Too many tries. Try again in ")


async def test_a_forgotten_password_is_chosen_anew_by_a_link_and_whoever_was_in_with_the_old_one_is_out(
    browsers: Browsers, doors: Doors, company: DemoCompany
) -> None:
    """P1: the answer is the same for everybody, the mail goes to who is known, and the link works once."""
    browsers.expect_refusals("/password/new", "/sign-in")
    guest, begun = await newcomer(doors, company), just_now()
    token = (await link_in(doors, guest, "invitation", begun)).partition("token=")[2]
    await doors.http.post("/api/v1/invitations", json={"token": token, "password": CHOSEN})
    elsewhere = await browsers.visit(f"/{company.slug}/sign-in")
    await sign_in(elsewhere, guest, CHOSEN)
    await elsewhere.wait_for_url("**/my/tickets")

    asked, phone = just_now(), await browsers.visit(f"/{company.slug}/sign-in", size=PHONE)
    for address in (f"ninguem-{secrets.token_hex(4)}@cliente-novo.test", guest):
        await phone.goto(f"{browsers.url}/{company.slug}/sign-in")
        await phone.get_by_role("link", name="Esqueceu a senha?").click()
        assert await violations(phone) == []
        await phone.get_by_label("E-mail").fill(address)
        await phone.get_by_role("button", name="Enviar o link").click()
        await expect(phone.get_by_role("status")).to_contain_text(f"Se {address} for conhecido por {company.name}")
    assert await violations(phone) == []

    link = await link_in(doors, guest, "password/new", asked)
    await phone.goto(browsers.url + link)
    await expect(phone.get_by_text("Olá, Convidada.")).to_be_visible()
    assert await violations(phone) == []
    await phone.get_by_label("Nova senha").fill(NEWLY_CHOSEN)
    await phone.get_by_role("button", name="Definir a senha e continuar").click()
    await phone.wait_for_url("**/my/tickets")

    await elsewhere.reload()
    await expect(elsewhere.get_by_role("button", name="Entrar")).to_be_visible()
    await sign_in(elsewhere, guest, CHOSEN)
    await expect(elsewhere.get_by_role("alert")).to_have_text("E-mail ou senha incorretos.")
    await elsewhere.goto(browsers.url + link)
    await expect(elsewhere.get_by_role("alert")).to_contain_text("já foi usado")
    await elsewhere.get_by_role("button", name="Pedir outro link").click()
    await expect(elsewhere.get_by_role("button", name="Enviar o link")).to_be_visible()


async def test_a_producer_changes_their_own_name_and_language(browsers: Browsers, company: DemoCompany) -> None:
    """P1: as agents do."""
    producer = company.producer
    page = await browsers.sit_down_as(producer.address, f"/{company.slug}/desk/profile")
    you = page.get_by_role("region", name="Você")
    await you.get_by_label("Nome").fill(f"{producer.name} Filho")
    await you.get_by_label("Idioma dos e-mails e avisos").select_option("en")
    await you.get_by_role("button", name="Salvar").click()
    await page.wait_for_url("**?saved=you")
    # By their names: the page itself is in English as soon as the gateway has heard of it.
    await expect(page.locator("input[name=name]")).to_have_value(f"{producer.name} Filho")
    await expect(page.locator("select[name=locale]")).to_have_value("en")


async def newcomer(doors: Doors, company: DemoCompany) -> str:
    """The address of a guest who has just been invited by mail."""
    address = f"convidada-{secrets.token_hex(4)}@cliente-novo.test"
    agent = await doors.sign_in(company.slug, company.analyst(1).address, PASSWORD)
    person = await agent.post("/api/v1/people", {"name": "Convidada", "addresses": [address]})
    await agent.post(f"/api/v1/people/{person['id']}/invitation")
    return address


async def link_in(doors: Doors, address: str, page: str, since: datetime) -> str:
    """The path and query of the link to a page that a mail to this address brings."""
    mail = await doors.until_mail(address, page, lambda one: f"/{page}?token=" in one.text, since=since)
    (link,) = re.findall(rf"http\S+/{page}\?token=\S+", mail.text)
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


async def sign_in(
    page: Page, address: str, password: str, words: tuple[str, str, str] = ("E-mail", "Senha", "Entrar")
) -> None:
    """Fill in the form of the sign-in page and send it."""
    await page.get_by_label(words[0]).fill(address)
    await page.get_by_label(words[1], exact=True).fill(password)
    await page.get_by_role("button", name=words[2], exact=True).click()


def just_now() -> datetime:
    """A moment before what comes next; the catcher's clock is cut to seconds."""
    return datetime.now(UTC) - timedelta(seconds=2)
