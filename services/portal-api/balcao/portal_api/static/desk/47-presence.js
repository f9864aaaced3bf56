// Who else is at this ticket: an open page says that it is there and what its reader does, and is told who else is. What
// shows of it is fetched, when the stream or an answer says that it is not what stands here.
const BEAT_MS = 8_000;
const STILL_WRITING_MS = 10_000;
const ticket = document.getElementById("ticket");
const shown = () => document.getElementById("presence");
if (!ticket || !shown()) return;
const address = `/api/v1/tickets/${ticket.dataset.number}/presence`;
const page = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("-");
let typed = -Infinity, said = "", beating, over = false;

const doing = () => (performance.now() - typed < STILL_WRITING_MS ? "writing" : "looking");

async function say(what) {
  said = what;
  try {
    const answer = await fetch(address, {
      method: "POST", keepalive: what === "gone",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": balcao.csrf() },
      body: JSON.stringify({ page, doing: what }),
    });
    // The session is over, or the ticket not theirs any more: the page says so elsewhere.
    if ([401, 403, 404].includes(answer.status)) return end();
    if (answer.ok && what !== "gone") compare((await answer.json()).people);
  } catch { /* said again soon */ }
}

function compare(people) {
  const element = shown();
  const now = people.map((one) => `${one.person_id} ${one.doing};`).join("");
  if (element && element.dataset.people !== now)
    htmx.ajax("GET", element.dataset.liveGet, { source: element, target: element, swap: "outerMorph" });
}

function begin() {
  if (over || beating || document.hidden) return;
  beating = setInterval(() => say(doing()), BEAT_MS);
  say(doing());
}

function pause() {
  clearInterval(beating);
  beating = undefined;
  if (said && said !== "gone" && !over) say("gone");
}

function end() {
  over = true;
  clearInterval(beating);
}

document.addEventListener("input", (e) => {
  if (!e.isTrusted || !e.target.closest("#writing") || !e.target.matches("textarea, trix-editor, [contenteditable]")) return;
  typed = performance.now();
  if (beating && said !== "writing") say("writing");
});
document.addEventListener("visibilitychange", () => (document.hidden ? pause() : begin()));
addEventListener("pagehide", pause);
addEventListener("pageshow", begin);
begin();
