// What changed while one looks: a line says that there is news, the page fetches what it may see and takes it in. The
// stream carries ids and versions only. Nothing under pointer, focus or selection moves; what is being written is never
// touched.
const TOGETHER_MS = 200;
const AGAIN_MS = 1_500;
const LOST_AFTER_MS = 10_000;
const watched = () => document.querySelector("[data-live][data-live-get]");
const line = document.getElementById("live-lost");
const begun = Number(document.body.dataset.since);
let stream, lost, due, heardUntil = begun;

function open() {
  if (!begun || stream || document.hidden || !watched()) return;
  stream = new EventSource(`/api/v1/live?since=${heardUntil}`);
  stream.onopen = () => { clearTimeout(lost); lost = undefined; line.hidden = true; };
  stream.onerror = () => {
    lost ??= setTimeout(() => { line.hidden = false; }, LOST_AFTER_MS);
    if (stream.readyState === EventSource.CLOSED) { close(); setTimeout(open, 5_000 + Math.random() * 5_000); }
  };
  for (const name of ["ticket", "reset"]) stream.addEventListener(name, (e) => {
    heardUntil = Number(e.lastEventId) || heardUntil;
    const { number, version } = JSON.parse(e.data || "{}");
    const { live, version: shown } = watched().dataset;
    if (name === "reset" || live === "ticket" || (live === `ticket:${number}` && !(version <= Number(shown)))) soon();
  });
}

function close() {
  if (!stream) return;
  if (stream.readyState === EventSource.OPEN) heardUntil = Math.max(heardUntil, begun + Math.floor(performance.now()));
  stream.close();
  stream = undefined;
}

// A hidden page hears nothing; it catches up when it is looked at again.
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", open);

function soon(after = TOGETHER_MS) {
  due ??= setTimeout(() => { due = undefined; fetchAnew(); }, after);
}

async function fetchAnew() {
  try {
    const answer = await fetch(watched().dataset.liveGet, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of page.querySelectorAll("#lead, #cards, #progress, #conversation")) take(part);
  } catch { soon(AGAIN_MS * 4); }
}

function take(part) {
  const here = document.getElementById(part.id);
  if (!here || here.innerHTML === part.innerHTML) return;
  if (part.id === "conversation") append(here, part);
  else if (!isBusy(here)) here.replaceWith(document.adoptNode(part));
  else if (part.id === "cards") changeInPlace(here, part);
  else soon(AGAIN_MS);
}

// Whether somebody points at it, stands in it, has something open in it or marks its words.
function isBusy(element) {
  const marked = getSelection();
  return element.contains(document.activeElement) || element.querySelector("details[open]")
    || (matchMedia("(hover: hover)").matches && element.id === "cards" && element.querySelector("li:hover, .pills a:hover"))
    || (!marked.isCollapsed && element.contains(marked.anchorNode));
}

// Cards that are there change where they are; that there are others is said, and shown when one asks.
function changeInPlace(here, part) {
  let others = part.querySelectorAll(".cards > li").length !== here.querySelectorAll(".cards > li").length;
  for (const card of part.querySelectorAll(".cards > li")) {
    const old = document.getElementById(card.id);
    if (!old) others = true;
    else if (!old.contains(document.activeElement) && old.innerHTML !== card.innerHTML) old.innerHTML = card.innerHTML;
  }
  const news = here.querySelector("#news");
  if (!others || news.firstChild) return;
  const show = document.createElement("button");
  show.className = "btn";
  show.textContent = balcao.words("sayChanged");
  show.onclick = () => document.getElementById("cards").replaceWith(document.adoptNode(part));
  news.replaceChildren(show);
}

// What is new comes below; who reads at the end goes along, anybody else is told.
function append(here, part) {
  const scroller = document.scrollingElement;
  const isAtEnd = scroller.scrollHeight - scroller.scrollTop - innerHeight < 160;
  const fresh = [...part.querySelectorAll(":scope > li[id]")].filter((one) => !document.getElementById(one.id));
  for (const one of fresh) { one.classList.add("fresh"); here.append(document.adoptNode(one)); }
  const words = fresh.filter((one) => one.classList.contains("said") && !one.classList.contains("me"));
  if (!fresh.length) return;
  if (words.length) balcao.say(balcao.words("sayNews"));
  if (isAtEnd) scroller.scrollTo({ top: scroller.scrollHeight });
  else if (words.length) document.getElementById("below").hidden = false;
}

document.getElementById("below")?.addEventListener("click", (e) => {
  e.preventDefault();
  e.currentTarget.hidden = true;
  document.scrollingElement.scrollTo({ top: document.scrollingElement.scrollHeight });
});

// What has just happened is said once, not again when the page is loaded anew.
const address = new URL(location.href);
for (const note of ["new", "sent", "said", "ended", "answered"]) address.searchParams.delete(note);
if (address.href !== location.href) history.replaceState(history.state, "", address);

open();
