// Saved replies over the composer: search, arrows, Enter; blanks are filled in by the server for this ticket.
const form = document.getElementById("writing");
const menu = document.getElementById("saved-replies");
if (!form || !menu) return;
const opener = form.querySelector("[data-saved-replies]");
const hint = form.querySelector("[data-blanks]");
let asking, typing;

async function fill(query = "") {
  asking?.abort();
  asking = new AbortController();
  const answer = await fetch(`${opener.href}?q=${encodeURIComponent(query)}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
  if (!answer.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
  const list = menu.querySelector("#replies-found");
  if (list) list.replaceWith(found.querySelector("#replies-found"));
  else menu.replaceChildren(found);
}
async function open() {
  form.classList.remove("quiet");
  menu.replaceChildren();
  menu.showModal();
  await fill().catch(() => {});
  menu.querySelector("input[type=search]")?.focus();
}
// How the reply waits is one thing: nothing of another wait stays in it.
function waits({ reason, days, close_if_no_answer: closes }) {
  const box = form.querySelector("[type=checkbox][name=close]");
  form.elements.reason.value = reason;
  form.elements.until.value = "";
  form.elements.days.value = days ?? "";
  box.checked = closes ?? box.defaultChecked;
}
async function use(id) {
  menu.close();
  const answer = await fetch(`/api/v1/saved-replies/${encodeURIComponent(id)}/rendered?ticket=${form.dataset.number}`);
  if (!answer.ok) return;
  const reply = await answer.json();
  const area = form.elements.text;
  const wasEmpty = !area.value.trim();
  await (wasEmpty ? balcao.rich.set(area, reply) : balcao.rich.insert(area, reply));
  form.elements.saved_reply_id.value = id;
  if (wasEmpty && reply.visible && !form.elements.visible.checked) form.elements.visible.checked = true;
  const { then, ...others } = reply.sets ?? {};
  // On a ticket that is not in service the situation is no choice, and one that is open need not be opened.
  const situation = then && [...form.elements.then.options].find((one) => one.value === then.status);
  if (situation) {
    situation.selected = true;
    if (then.method) form.elements.method.value = then.method;
    if (then.reason) waits(then);
  }
  const sets = Object.values(others).some((one) => (Array.isArray(one) ? one.length : one !== null && one !== undefined));
  const said = [reply.missing?.length ? hint.dataset.blanks.replace("%(blanks)s", reply.missing.join(", ")) : "", sets ? hint.dataset.sets : ""].filter(Boolean);
  hint.textContent = said.join(" ");
  hint.hidden = !said.length;
  form.dispatchEvent(new Event("change", { bubbles: true }));
  balcao.rich.focus(area);
}

opener.addEventListener("click", (e) => { if (!e.ctrlKey && !e.metaKey) { e.preventDefault(); open(); } });
form.addEventListener("keydown", (e) => { if (e.key === "." && (e.ctrlKey || e.metaKey)) { e.preventDefault(); open(); } });
menu.addEventListener("input", (e) => {
  clearTimeout(typing);
  typing = setTimeout(() => fill(e.target.value).catch(() => {}), 150);
});
menu.addEventListener("submit", (e) => {
  e.preventDefault();
  delete e.target.dataset.sent;
  const first = menu.querySelector("[data-reply-id]");
  if (first) use(first.dataset.replyId);
});
menu.addEventListener("click", (e) => {
  if (e.target === menu) return menu.close();
  const chosen = e.target.closest("[data-reply-id]");
  if (chosen && !e.ctrlKey && !e.metaKey) { e.preventDefault(); use(chosen.dataset.replyId); }
});
menu.addEventListener("keydown", (e) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!step) return;
  e.preventDefault();
  const all = [menu.querySelector("input[type=search]"), ...menu.querySelectorAll("[data-reply-id]")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
});
menu.addEventListener("close", () => balcao.rich.focus(form.elements.text));
