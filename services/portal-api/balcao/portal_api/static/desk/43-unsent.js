// Drafts: what somebody writes is kept on the server per person and ticket, two seconds after the last key and when the page
// goes away. It is emptied by sending, and never overwrites what another window has kept meanwhile.
const IDLE_MS = 2_000;
const AGAIN_MS = 10_000;
const form = document.getElementById("writing");
balcao.unsent = { settled: async () => {} };
if (!form) return;
const status = form.querySelector("[data-kept]");
const discard = form.querySelector("[data-discard]");
const elsewhere = form.querySelector("[data-elsewhere]");
const field = (name) => form.elements[name];
let timer, going = Promise.resolve(), theirs;
let last = "";

function addresses() {
  const parts = field("add").value.split(/[,;\n]/).map((one) => one.trim()).filter(Boolean);
  return parts.map((one) => one.match(/^"?([^"<]*?)"?\s*<([^>]+)>$/)?.slice(1) ?? ["", one]).filter(([, address]) => /.+@.+/.test(address)).map(([name, address]) => ({ name: name.trim(), address }));
}
/** How it waits: a date says more than days, and only who waits for an answer waits for either of the others (W4). */
function waiting() {
  const reason = field("reason").value, until = field("until").value, days = field("days");
  const asked = reason === "more_information" ? { close_if_no_answer: form.querySelector("[name=close]:checked") !== null, ...(days.value && !until && days.validity.valid ? { days: Number(days.value) } : {}) } : {};
  return { status: "waiting", reason, ...(until ? { until } : {}), ...asked };
}
function words() {
  const html = form.querySelector("input[name=html]")?.value ?? "";
  const files = [...form.querySelectorAll("[data-attached] [name=receipt]")].filter((one) => one.type === "hidden" || one.checked).map((one) => one.value);
  const kept = [...form.querySelectorAll("[name=keep]:checked")].map((one) => one.value);
  const remove = [...form.querySelectorAll("[name=offered]")].map((one) => one.value).filter((one) => !kept.includes(one));
  const begun = Number(field("begun_on").value);
  const then = { waiting: waiting(), resolved: { status: "resolved", method: field("method").value }, open: { status: "open" } }[field("then").value];
  // Taken over from elsewhere: it stays linked to that.
  const from = field("unsent_id").value, of = from && from !== field("own_id").value ? { made_of: from } : {};
  return { ...of, ...(html ? { html } : { text: field("text").value }), visible: field("visible").checked, files, recipients: { add: addresses(), remove }, ...(then ? { then } : {}), ...(begun ? { begun_on: begun } : {}) };
}
const isEmpty = (one) => !(one.text ?? one.html).trim() && !one.files.length && !one.recipients.add.length;
const call = (method, url, body, keepalive = false) => fetch(url, {
  method, keepalive, headers: { "Content-Type": "application/json", "X-CSRF-Token": balcao.csrf() }, ...(body ? { body: JSON.stringify(body) } : {}),
});

function tell(name) {
  status.textContent = name ? form.dataset[name] : "";
  discard.hidden = !field("own_id").value && !field("unsent_id").value;
}
function knows(kept) {
  // Words that came from elsewhere stay what they are; beside them a copy of one's own is kept.
  if (!field("unsent_id").value || field("unsent_id").value === kept.id) {
    field("unsent_id").value = kept.id;
    field("unsent_revision").value = kept.revision;
  }
  field("own_id").value = kept.id;
  field("own_revision").value = kept.revision;
}
const revision = () => Number(field("own_revision").value) || 0;

async function keep(keepalive = false) {
  clearTimeout(timer);
  timer = undefined;
  const now = words(), written = JSON.stringify(now);
  if (written === last || form.dataset.sent || !elsewhere.hidden) return;
  if (isEmpty(now) && !field("own_id").value) { last = written; return tell(""); }
  tell("saySaving");
  let answer;
  try {
    answer = await call("PUT", form.dataset.unsent, { ...now, revision: revision() }, keepalive && written.length < 60_000);
  } catch { /* the network is away: tried again below */ }
  if (answer?.ok) {
    knows(await answer.json());
    last = written;
    // Kept words are no reason to warn of leaving.
    field("text").defaultValue = field("text").value;
    return tell("saySaved");
  }
  if (answer?.status === 409) return differs(await answer.json());
  tell(answer?.status === 401 ? "sayExpired" : "sayUnsaved");
  timer = setTimeout(queue, AGAIN_MS);
}
const queue = (keepalive) => (going = going.then(() => keep(keepalive)));

function differs(problem) {
  theirs = problem;
  elsewhere.querySelector("[data-changed]").hidden = !problem.theirs;
  elsewhere.querySelector("[data-theirs]").hidden = !problem.theirs;
  elsewhere.querySelector("[data-gone]").hidden = Boolean(problem.theirs);
  elsewhere.hidden = false;
  tell("");
}
elsewhere.querySelector("[data-mine]").addEventListener("click", () => {
  field("own_revision").value = theirs.current_revision;
  elsewhere.hidden = true;
  last = "";
  queue();
  balcao.rich.focus(field("text"));
});
elsewhere.querySelector("[data-theirs]").addEventListener("click", () => {
  form.dataset.sent = "1";
  history.replaceState(null, "", "#composer");
  location.reload();
});

function later() {
  clearTimeout(timer);
  timer = setTimeout(queue, IDLE_MS);
}
form.addEventListener("input", later);
form.addEventListener("change", later);
addEventListener("pagehide", () => { if (timer) queue(true); });
document.addEventListener("visibilitychange", () => { if (document.hidden && timer) queue(true); });

discard.addEventListener("click", async () => {
  clearTimeout(timer);
  timer = undefined;
  await going;
  // Of words taken over only the copy goes: what they were taken from has a button of its own to drop it.
  const id = field("own_id").value || field("unsent_id").value;
  if (id) await call("DELETE", `${form.dataset.unsent}/${id}`);
  form.dataset.sent = "1";
  location.assign(location.pathname);
});

last = JSON.stringify(words());
discard.hidden = !field("own_id").value && !field("unsent_id").value;
balcao.unsent = {
  /** Nothing is being kept any more: what is sent now is the last that was. */
  settled: async () => {
    if (timer) queue();
    await going;
  },
};
