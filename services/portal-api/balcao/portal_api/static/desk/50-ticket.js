// One ticket: commands answered in place, news that come in without moving anything, keys, and where one came from.
const page = document.getElementById("ticket");
const byId = (id) => document.getElementById(id);
const parts = ["head", "stages", "tasks", "plan", "tabs", "timeline", "facts"];
const TOGETHER_MS = 150;
const AGAIN_MS = 1_000;

const isTyped = (field) => field.checkVisibility() && field.value !== field.defaultValue;
/** Whether a part is left alone now: somebody has a menu of it open, has written or marked something in it, or has yet
 * to decide about a refusal. */
function isBusy(part) {
  if (!part.matches("#timeline, #tabs") && byId("alert").querySelector("form")) return true;
  if (part.querySelector("details.pop[open]") || [...part.querySelectorAll("textarea, input")].some(isTyped)) return true;
  const marked = getSelection();
  return (part.contains(document.activeElement) && balcao.inField(document.activeElement)) || Boolean(marked && !marked.isCollapsed && part.contains(marked.anchorNode));
}

const same = (form) => document.querySelectorAll(`form[data-command="${form.dataset.command}"]`);

function commands() {
  // Each sending has a name of its own, so that a repeat of it acts once and another command is not taken for one.
  document.addEventListener("submit", (e) => {
    const once = e.target.dataset.command && e.target.elements.once;
    // The composer is never fetched anew: it decides on what the page shows.
    if (e.target.id === "composer-promise") e.target.elements.version.value = byId("do-promise").elements.version.value;
    if (once) once.value = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16).padStart(8, "0")).join("");
  }, true);
  // What is decided in the refusal is decided for the form that was refused.
  document.addEventListener("htmx:before:request", ({ target }) => { if (target.closest?.("#alert")) for (const one of same(target)) balcao.halfFilled.release(one); });
  document.addEventListener("htmx:finally:request", ({ target }) => { if (target.dataset) delete target.dataset.sent; });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    const command = form?.dataset?.command;
    if (!command) return;
    if (ctx.response?.raw?.ok === false || ctx.response?.status >= 400) {
      byId("alert").querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
      if (form.isConnected && !form.closest("#alert")) balcao.halfFilled.keep(form);
      return;
    }
    const menu = form.closest("details.pop");
    if (menu) { menu.open = false; menu.querySelector("summary").focus({ preventScroll: true }); }
    // What was sent is the page's now; fields for something new begin empty again, those of other forms stay.
    for (const one of form.isConnected && !form.closest("#alert") ? [form] : same(form)) one.reset();
    if (form.id === "composer-promise") promised(form);
    fadeUndo();
  });
  const away = ({ target }) => {
    if (!target.dataset?.command) return;
    const said = document.createElement("div");
    said.className = "alert";
    said.setAttribute("role", "alert");
    said.textContent = page.dataset.sayAway;
    byId("alert").replaceChildren(said);
  };
  document.addEventListener("htmx:error", away);
  document.addEventListener("htmx:response:error", (e) => { if (e.detail.ctx.response.status >= 500) away(e); });
  document.addEventListener("click", (e) => {
    if (!e.target.closest("[data-dismiss]")) return;
    e.preventDefault();
    byId("alert").replaceChildren();
    for (const one of document.querySelectorAll("form[data-command][hx-morph-skip=refused]")) balcao.halfFilled.release(one);
    refresh();
  });
}

/** A date was promised while writing: what to tell about it is written there at once (W9). */
function promised(form) {
  const menu = form.elements.at.closest("details"), words = byId("suggested");
  menu.open = false;
  form.elements.at.setAttribute("value", byId("do-promise").elements.at.defaultValue);
  if (words.dataset.words) { words.hidden = true; write(words.dataset.words); }
}

let fading;
function fadeUndo() {
  const bar = byId("undo");
  bar.classList.remove("over");
  clearTimeout(fading);
  // It stays while somebody is at it.
  const over = () => (bar.matches(":hover, :focus-within") ? (fading = setTimeout(over, 2_000)) : bar.classList.add("over"));
  fading = setTimeout(over, 12_000);
}

// ---- news

const waiting = new Set();
let asking;

function refresh(which = parts) {
  for (const name of which) waiting.add(name);
  clearTimeout(asking);
  asking = setTimeout(ask, TOGETHER_MS);
}

function ask() {
  const now = [...waiting].filter((name) => byId(name) && !isBusy(byId(name)));
  for (const name of [...waiting]) if (!byId(name) || now.includes(name)) waiting.delete(name);
  if (waiting.size) asking = setTimeout(ask, AGAIN_MS);
  if (!now.length) return;
  const conversation = byId("timeline");
  const query = new URLSearchParams({ of: now.join(","), tab: page.dataset.tab });
  if (conversation?.dataset.since) query.set("since", conversation.dataset.since);
  if (conversation?.dataset.all) query.set("all", "1");
  if (conversation?.dataset.only) query.set("only", conversation.dataset.only);
  const before = messages();
  const atEnd = isAtEnd();
  const opened = new Set([...document.querySelectorAll(".words.open")].map((one) => one.closest("li").id));
  htmx.ajax("GET", `${page.dataset.parts}?${query}`, { source: page, target: page, swap: "none" }).then(() => {
    for (const id of opened) unfold(byId(id));
    tellNew(before, atEnd);
    remember();
  });
}

const messages = () => [...document.querySelectorAll("#timeline .msg")].map((one) => one.id);
const isAtEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 80;

function tellNew(before, atEnd) {
  const fresh = [...document.querySelectorAll("#timeline .msg:not([data-own])")].filter((one) => !before.includes(one.id));
  if (!fresh.length || !before.length) return;
  for (const one of fresh) one.classList.add("new");
  const words = fresh.length === 1 ? page.dataset.sayNewOne : page.dataset.sayNewMany.replace("{n}", fresh.length);
  balcao.say(words);
  const sign = byId("newer");
  if (atEnd) fresh[0].scrollIntoView({ block: "center" });
  else if (sign) {
    sign.querySelector("span").textContent = words;
    sign.hidden = false;
    sign.onclick = () => { sign.hidden = true; fresh[0].scrollIntoView({ block: "center" }); fresh[0].querySelector(".box").focus({ preventScroll: true }); };
  }
}

function news() {
  document.addEventListener("balcao:ticket", ({ detail }) => {
    if (String(detail.number) === page.dataset.number && detail.version > Number(byId("seen").dataset.version)) refresh();
  });
  document.addEventListener("balcao:reset", () => refresh());
  document.addEventListener("balcao:past", ({ detail: { times } }) => {
    const past = parts.filter((name) => times.some((one) => byId(name)?.contains(one)));
    if (past.length) refresh(past);
  });
  addEventListener("scroll", () => { if (isAtEnd() && byId("newer")) byId("newer").hidden = true; }, { passive: true });
}

// ---- reading

const seenKey = `balcao.seen.${page?.dataset.id}`;
function remember() {
  const last = [...document.querySelectorAll("#timeline [data-entry]")].at(-1);
  if (last) localStorage.setItem(seenKey, last.dataset.entry);
}

/** Begin at the first message that this browser has not shown yet. */
function openAtUnread() {
  const until = Number(localStorage.getItem(seenKey) || 0);
  remember();
  if (!until || location.hash) return;
  const fresh = [...document.querySelectorAll("#timeline .msg:not([data-own])")].find((one) => Number(one.dataset.entry) > until);
  if (!fresh) return;
  const line = document.createElement("li");
  line.className = "since";
  line.textContent = page.dataset.saySeen;
  fresh.before(line);
  line.scrollIntoView({ block: "start" });
}

function unfold(entry) {
  const words = entry?.querySelector(".words.long"), button = entry?.querySelector("[data-unfold]");
  if (!words) return;
  words.classList.add("open");
  button?.remove();
}

function reading() {
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-unfold]");
    if (button) { const entry = button.closest("li"); unfold(entry); entry.querySelector(".box").focus({ preventScroll: true }); return; }
    const image = e.target.closest("[data-enlarge]");
    if (image && !e.ctrlKey && !e.metaKey) { e.preventDefault(); look(image); }
    const suggestion = e.target.closest("#suggested");
    if (suggestion && e.target.closest("[data-use]")) write(suggestion.dataset.words);
    if (suggestion && e.target.closest("button")) suggestion.hidden = true;
  });
  const heading = document.querySelector("#head h1"), bar = document.querySelector(".tk-top");
  if (heading) new IntersectionObserver(([one]) => bar.classList.toggle("scrolled", !one.isIntersecting), { rootMargin: "-52px 0px 0px" }).observe(heading);
}

/** Words into the composer, as an answer, for whoever writes there to change. */
function write(words) {
  document.dispatchEvent(new CustomEvent("balcao:suggest", { detail: { text: words, visible: true } }));
}

/** An image large, over the page. */
function look(link) {
  const over = document.createElement("dialog");
  over.className = "look";
  const image = document.createElement("img");
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  const bar = document.createElement("form");
  bar.method = "dialog";
  const name = document.createElement("span");
  name.className = "clip";
  name.textContent = image.alt;
  const save = document.createElement("a");
  save.className = "btn push";
  save.href = link.href;
  save.download = image.alt;
  save.textContent = "↓";
  save.setAttribute("aria-label", image.alt);
  const close = document.createElement("button");
  close.className = "btn";
  close.textContent = "×";
  close.setAttribute("aria-label", "Esc");
  bar.append(name, save, close);
  over.append(bar, image);
  over.addEventListener("close", () => { over.remove(); link.focus(); });
  over.addEventListener("click", (e) => { if (e.target === over) over.close(); });
  document.body.append(over);
  over.showModal();
}

/** A framed letter is as high as what stands in it. */
function letters() {
  const fit = (frame) => {
    const letter = frame.contentDocument?.documentElement;
    if (letter) frame.height = Math.min(Math.max(letter.scrollHeight, 80), 2_400);
  };
  document.addEventListener("load", (e) => { if (e.target.matches?.("iframe.letter-frame")) fit(e.target); }, true);
  for (const frame of document.querySelectorAll("iframe.letter-frame")) fit(frame);
}

// ---- fields

function fields() {
  document.addEventListener("input", (e) => {
    const shows = e.target.dataset.shows && byId(e.target.dataset.shows);
    if (shows) {
      shows.textContent = e.target.value;
      const bands = [...e.target.form.querySelectorAll("[data-top]")];
      const now = bands.find((one) => Number(e.target.value) <= Number(one.dataset.top));
      for (const one of bands) one.classList.toggle("on", one === now);
    }
    if (e.target.dataset.people !== undefined) suggest(e.target);
  });
  document.addEventListener("toggle", (e) => { if (e.target.matches?.("#ticket details.pop:not([open])")) forget(e.target); }, true);
}

/** A slider that was moved and left alone says again what holds. */
function forget(menu) {
  for (const slider of menu.querySelectorAll("input[type=range]")) {
    slider.value = slider.defaultValue;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

let suggesting;
/** People of the company whose name or address begins so. */
function suggest(input) {
  clearTimeout(suggesting);
  const typed = input.value.trim();
  if (typed.length < 2) return;
  suggesting = setTimeout(async () => {
    const found = await Promise.all(["guests", "team"].map(async (who) => {
      const answer = await fetch(`/api/v1/people?${new URLSearchParams({ who, q: typed, limit: 6 })}`);
      return answer.ok ? (await answer.json()).items : [];
    }));
    let list = byId("known-people");
    if (!list) { list = document.createElement("datalist"); list.id = "known-people"; document.body.append(list); }
    list.replaceChildren(...found.flat().flatMap((one) => one.addresses.slice(0, 1).map((address) => new Option(one.name, address))));
    input.setAttribute("list", "known-people");
  }, 200);
}

// ---- keys and neighbours

function openMenu(id) {
  const menu = byId(id);
  if (!menu) return false;
  menu.open = true;
  menu.querySelector(".box :is(select, input:not([type=hidden]), textarea, button)")?.focus();
  menu.scrollIntoView({ block: "nearest" });
  return true;
}

function step(by) {
  const boxes = [...document.querySelectorAll("#timeline .msg .box")];
  if (!boxes.length) return false;
  const at = boxes.indexOf(document.activeElement.closest?.(".msg .box"));
  const next = at < 0 ? (by > 0 ? 0 : boxes.length - 1) : Math.min(Math.max(at + by, 0), boxes.length - 1);
  boxes[next].focus();
  return true;
}

function keys() {
  const say = JSON.parse(page.dataset.keys || "{}");
  const on = (key, act, name = key) => balcao.keys.on(key, act, say[name] || "");
  [...document.querySelectorAll("#stages > li")].forEach((_, at) => on(`s ${at + 1}`, () => {
    const button = document.querySelector(`#stages > li:nth-child(${at + 1}) button.go`);
    if (!button) return false;
    button.click();
    return true;
  }, at ? "" : "s 1"));
  on("a", () => openMenu("fact-analyst"));
  on("p", () => openMenu("fact-priority"));
  on("w", () => openMenu("wait-pop"));
  on("y", () => openMenu("resolve-pop"));
  on("t", () => openMenu("fact-tags"));
  on("j", () => step(1));
  on("k", () => step(-1));
  on("z", () => {
    const button = document.querySelector("#undo:not(.over) [data-key=z]");
    if (!button) return false;
    button.click();
    return true;
  });
  on("[", () => go(-1));
  on("]", () => go(1));
}

let list = null;
function go(by) {
  const link = list && document.querySelector(`#neighbours [data-step="${by}"]`);
  if (!link?.href) return false;
  location.assign(link.href);
  return true;
}

/** The list one came from: back to it, and to its neighbours. */
function neighbours() {
  list = JSON.parse(sessionStorage.getItem("balcao.list") || "null");
  const here = location.pathname.replace(/\/(info|history)$/, "");
  const at = list ? list.links.indexOf(here) : -1;
  if (at < 0) { list = null; return; }
  const back = byId("back"), sign = byId("neighbours");
  back.href = list.href;
  back.querySelector("span").textContent = list.name;
  sign.hidden = false;
  const said = sign.querySelector("[data-say]");
  said.textContent = said.dataset.say.replace("{n}", at + 1).replace("{all}", list.links.length);
  for (const by of [-1, 1]) {
    const link = sign.querySelector(`[data-step="${by}"]`);
    const to = list.links[at + by];
    if (to) link.href = to; else { link.removeAttribute("href"); link.setAttribute("aria-disabled", "true"); }
  }
}

/** Other pages with rows leave behind which they were. */
function leaveList() {
  addEventListener("pagehide", () => {
    const links = [...document.querySelectorAll("[data-row-link]")].map((one) => one.pathname ?? "").filter((path) => /\/desk\/tickets\/\d+$/.test(path));
    if (!links.length) return;
    const name = document.querySelector("h1")?.firstChild?.textContent.trim() || document.title;
    sessionStorage.setItem("balcao.list", JSON.stringify({ href: location.pathname + location.search, name, links }));
  });
}

letters();
if (page) {
  commands(); news(); reading(); fields(); keys(); neighbours(); openAtUnread();
} else leaveList();
