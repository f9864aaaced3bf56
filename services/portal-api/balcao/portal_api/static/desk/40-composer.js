// The composer: what it says of itself, its keys, and sending it without leaving the page.
const form = document.getElementById("writing");
if (!form) return;
const area = form.elements.text;
const show = form.elements.visible;
const preview = document.getElementById("preview");
const say = (where, html) => { where.querySelector("[data-alert]").innerHTML = html; };
const plainly = (words) => {
  const box = document.createElement("div");
  box.className = "alert";
  box.setAttribute("role", "alert");
  box.textContent = words;
  return box.outerHTML;
};

// An empty composer is one line until one begins to write or ticks the box; after that it stays open.
const isEmpty = () => !area.value.trim() && !form.querySelector("[data-receipt]");
const wake = () => form.classList.remove("quiet");
if (isEmpty() && !form.querySelector(".alert") && !show.checked) form.classList.add("quiet");
form.addEventListener("focusin", (e) => { if (e.target !== show) wake(); });
form.addEventListener("change", wake);
form.addEventListener("input", wake);

// Whom an answer would reach, in one line; only the requester, at one click.
const names = form.querySelector("[data-names]");
const onlyRequester = form.querySelector("[data-only-requester]");
const copies = () => [...form.querySelectorAll("[data-copy]")];
function nameRecipients() {
  const added = form.elements.add.value.split(/[,;]/).map((one) => one.trim().replace(/\s*<.*$/, "").replaceAll('"', "")).filter(Boolean);
  const to = [...form.querySelectorAll("[data-to]")].map((one) => one.dataset.to);
  const kept = copies().filter((one) => one.querySelector("[name=keep]").checked).map((one) => one.dataset.copy);
  const all = [...to, ...kept, ...added];
  names.textContent = all.length ? `${names.dataset.to ??= names.textContent.trim().split(" ")[0]} ${all.slice(0, 3).join(", ")}${all.length > 3 ? ` +${all.length - 3}` : ""}` : names.textContent;
  names.title = all.join(", ");
  onlyRequester.hidden = kept.length + added.length === 0;
}
form.querySelector(".rcps").addEventListener("input", nameRecipients);
onlyRequester.addEventListener("click", () => {
  for (const one of copies()) one.querySelector("[name=keep]").checked = false;
  form.elements.add.value = "";
  nameRecipients();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});
if (form.querySelector("[data-to], [data-copy]")) nameRecipients();

// A note that is half-written is not carried into an answer without a word.
const carry = document.getElementById("carry");
function write(visible) {
  if (visible === show.checked || isEmpty()) return begin(visible);
  if (!visible) return begin(show.checked);
  carry.returnValue = "";
  carry.showModal();
  carry.onclose = () => {
    if (!carry.returnValue) return;
    if (carry.returnValue === "empty") balcao.rich.set(area, { text: "", html: "" });
    begin(true);
  };
}
function begin(visible) {
  if (show.checked !== visible) {
    show.checked = visible;
    show.dispatchEvent(new Event("change", { bubbles: true }));
  }
  wake();
  balcao.rich.focus(area);
}
document.addEventListener("click", (e) => { if (e.target.closest("[data-answer]")) { e.preventDefault(); write(true); } });
balcao.keys.on("r", () => write(true), form.dataset.sayReply);
balcao.keys.on("n", () => write(false), form.dataset.sayNote);
// Words that others put here, such as what to tell the requester about a date (W9).
document.addEventListener("balcao:suggest", ({ detail }) => {
  const added = area.value.trim() ? balcao.rich.append(area, `\n\n${detail.text}`) : balcao.rich.set(area, { text: detail.text, html: "" });
  added.then(() => begin(detail.visible !== false));
});

// Ctrl+Enter saves or goes to the preview; there it sends.
form.addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey) || e.target.form && e.target.form !== form) return;
  e.preventDefault();
  e.stopPropagation();
  form.requestSubmit(form.querySelector(show.checked ? "[value=preview]" : "[value=save]"));
}, true);

async function ask(from, submitter) {
  const body = new FormData(from, submitter);
  // Its buttons are called `action` too.
  return fetch(form.getAttribute("action"), { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
}
function leave(url) {
  form.dataset.sent = "1";
  history.scrollRestoration = "manual";
  history.replaceState(null, "", url);
  location.reload();
}

// What was kept since the sheet was made is what is sent now: it is not unsent any more.
function stayTheSame(sheet) {
  for (const name of ["unsent_id", "unsent_revision", "own_id", "own_revision"]) {
    const field = sheet.elements[name] ?? sheet.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    field.value = form.elements[name].value;
  }
}

let busy = false;
async function send(from, submitter) {
  if (busy) return;
  busy = true;
  from.setAttribute("aria-busy", "true");
  say(from, "");
  try {
    await balcao.uploaded(form);
    await balcao.unsent.settled(form);
    if (from !== form) stayTheSame(from);
    const answer = await ask(from, submitter);
    if (answer.headers.has("hx-redirect")) return leave(answer.headers.get("hx-redirect"));
    const html = await answer.text();
    if (html.includes('id="sheet"')) look(html);
    else if (html.includes("data-refused")) say(from, html);
    else say(from, plainly(form.dataset.sayAway));
  } catch {
    say(from, plainly(form.dataset.sayAway));
  } finally {
    busy = false;
    from.removeAttribute("aria-busy");
  }
}
form.addEventListener("submit", (e) => {
  if (e.defaultPrevented) return;
  e.preventDefault();
  delete form.dataset.sent;
  send(form, e.submitter);
});

// The look before sending, over the page: the composer stays as it is behind it.
function look(html) {
  preview.innerHTML = html;
  if (!preview.open) preview.showModal();
  balcao.letter(preview);
  document.getElementById("preview-title").focus();
}
function back() {
  preview.close();
  balcao.rich.focus(area);
}
preview.addEventListener("submit", (e) => {
  e.preventDefault();
  delete e.target.dataset.sent;
  if (e.submitter?.hasAttribute("data-edit")) back();
  else send(e.target, e.submitter).then(() => take(document.getElementById("sheet")));
});
preview.addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey)) return;
  e.preventDefault();
  e.stopPropagation();
  const button = preview.querySelector("[data-send].btn-p:not(:disabled)");
  button?.form.requestSubmit(button);
});
preview.addEventListener("close", () => { preview.innerHTML = ""; });

// What was taken out on the sheet is taken out here too.
function take(sheet) {
  if (!sheet) return;
  const of = (name) => sheet.querySelector(`input[type=hidden][name=${name}]`)?.value ?? "";
  const all = (name) => [...sheet.querySelectorAll(`input[type=hidden][name=${name}]`)].map((one) => one.value);
  if (of("text") !== area.value.replaceAll("\r\n", "\n").trim()) balcao.rich.set(area, { text: of("text"), html: of("html") });
  const removed = all("remove");
  for (const one of copies()) one.querySelector("[name=keep]").checked = !removed.includes(one.querySelector("[name=keep]").value);
  form.elements.add.value = all("add").join(", ");
  // What stands on the sheet has been seen.
  form.elements.begun_on.value = of("begun_on");
  nameRecipients();
}

const at = document.getElementById("composer");
if (location.hash === "#composer" || new URLSearchParams(location.search).has("take")) {
  // The editor's own script comes after this one.
  setTimeout(() => { at.scrollIntoView({ block: "end" }); balcao.rich.focus(area); });
}
