// A ticket that is being opened is kept in this browser while one types, until it is opened, saved as a draft or given up
// (O12). Each window keeps its own; what another one left behind is offered and mixes with nothing. Signing out forgets it all.
const BEGINS = "balcao.opening:";
const AFTER_MS = 500;
const OLD_MS = 30 * 24 * 3_600_000;
const shelf = (() => { try { return window.localStorage; } catch { return null; } })();
if (!shelf) return;
const here = (sessionStorage["balcao.window"] ??= crypto.randomUUID?.() ?? String(Math.random()).slice(2));
const all = () => Object.keys(shelf).filter((key) => key.startsWith(BEGINS));
const read = (key) => { try { return JSON.parse(shelf.getItem(key)); } catch { return null; } };
for (const key of all()) if (!(Date.now() - read(key)?.at < OLD_MS)) shelf.removeItem(key);

document.addEventListener("submit", (e) => {
  if (e.target.getAttribute("action")?.endsWith("/sign-out")) for (const key of all()) shelf.removeItem(key);
});

const form = document.querySelector("form.opening[data-person]");
// Any page that a sent form led to says that it arrived; only the form itself may have come back without having been sent.
const arrived = !form || /[?&](opened|saved|discarded)=/.test(location.search);
if (arrived) for (const key of all()) if (key.endsWith(`:${here}`) && read(key)?.sent) shelf.removeItem(key);
if (!form) return;

const begins = `${BEGINS}${form.dataset.person}:${form.dataset.about}:`;
const mine = begins + here;
const area = form.elements.text;
const line = form.querySelector("[data-kept-line]");
const OF_THE_PAGE = ["csrf", "version", "once", "receipt", "files", "html_kept", "html_of"];
let timer;

function written() {
  const fields = {};
  for (const [name, value] of new FormData(form)) if (!OF_THE_PAGE.includes(name)) (fields[name] ??= []).push(value);
  // Where no editor is at work yet, what one made before still stands in the page.
  if (!fields.html && area.dataset.html && area.value === area.defaultValue) fields.html = [area.dataset.html];
  return { fields, files: balcao.attachedTo(form) };
}
const plain = JSON.stringify(written());

function keep(sent = false) {
  clearTimeout(timer);
  timer = undefined;
  const now = written();
  try {
    if (JSON.stringify(now) === plain && !sent) shelf.removeItem(mine);
    else shelf.setItem(mine, JSON.stringify({ ...now, sent, at: Date.now(), once: form.elements.once.value }));
  } catch { return; } // the browser's shelf is full: the words stay on the page, and leaving it warns of that
  // Kept words are no reason to warn of leaving.
  if (area.hidden) area.defaultValue = area.value;
}

async function restore(record) {
  for (const one of record.files ?? []) if (!form.querySelector(`[data-receipt="${CSS.escape(one.receipt)}"]`)) balcao.attachAgain(form, one);
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.type === "file" || field.tagName === "BUTTON" || OF_THE_PAGE.includes(field.name)) continue;
    const values = record.fields[field.name] ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field !== area) field.value = values[0] ?? "";
  }
  // The same sending as before: what did arrive then is not opened twice.
  if (record.once) form.elements.once.value = record.once;
  await balcao.rich.set(area, { text: record.fields.text?.[0] ?? "", html: record.fields.html?.[0] ?? "" });
  form.elements.workspace_id.dispatchEvent(new Event("change", { bubbles: true }));
  line.hidden = false;
}

form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, AFTER_MS); });
form.addEventListener("change", () => { clearTimeout(timer); timer = setTimeout(keep, AFTER_MS); });
addEventListener("pagehide", () => { if (timer) keep(); });
form.addEventListener("submit", (e) => { if (!e.defaultPrevented) keep(true); });
line.querySelector("button").addEventListener("click", () => {
  clearTimeout(timer);
  timer = undefined;
  shelf.removeItem(mine);
  form.dataset.sent = "1";
  location.assign(location.pathname);
});

// What the page brings after a refusal is what was typed last.
const own = read(mine);
if ("refused" in form.dataset) { if (own) keep(); }
else if (own) queueMicrotask(() => restore(own));

// Begun in another window, or in this one on another day.
const offers = document.getElementById("begun"), offer = document.getElementById("begun-one");
const offered = all().filter((key) => key.startsWith(begins) && key !== mine).map((key) => [key, read(key)]).filter(([, one]) => one && !one.sent);
for (const [key, one] of offered) {
  const row = offer.content.cloneNode(true).firstElementChild;
  const name = row.querySelector("[data-title]");
  name.textContent = one.fields.title?.[0] || one.fields.text?.[0]?.slice(0, 80) || name.textContent;
  row.querySelector("[data-take]").addEventListener("click", () => {
    keep();
    if (shelf.getItem(mine)) shelf.setItem(begins + Math.random(), shelf.getItem(mine));
    shelf.setItem(mine, JSON.stringify({ ...one, at: Date.now() }));
    shelf.removeItem(key);
    form.dataset.sent = "1";
    location.reload();
  });
  row.querySelector("[data-drop]").addEventListener("click", () => { shelf.removeItem(key); row.remove(); offers.hidden = !offers.querySelector("li"); });
  offers.querySelector("ul").append(row);
}
offers.hidden = !offered.length;
