// News from the gateway while one looks: one stream per visible page. It carries ids and versions, never content; what
// is shown is fetched, so nothing can be seen here that may not be seen there.
const LOST_AFTER_MS = 10_000;
const TOGETHER_MS = 150;
const PASSES_MS = 60_000;
const NAMES = ["ticket", "task", "presence", "notice", "notices_read", "held", "reset"];
const line = document.getElementById("live-lost");
const begun = Number(document.body.dataset.since);
let stream, lost, heardUntil = begun;

// The server's clock, as far as a page can know it; the gateway says a few seconds twice rather than not at all.
const clock = () => begun + Math.floor(performance.now());

function open() {
  if (!begun || stream || document.hidden) return;
  stream = new EventSource(`/api/v1/live?since=${heardUntil}`);
  stream.onopen = () => { clearTimeout(lost); lost = undefined; if (line) line.hidden = true; };
  stream.onerror = () => {
    lost ??= setTimeout(() => { if (line) line.hidden = false; }, LOST_AFTER_MS);
    // A browser gives up where the answer was no stream: the session may be over, or the gateway full.
    if (stream.readyState === EventSource.CLOSED) { close(); setTimeout(open, 5_000 + Math.random() * 5_000); }
  };
  for (const name of NAMES)
    stream.addEventListener(name, (e) => {
      heardUntil = Number(e.lastEventId) || heardUntil;
      const detail = JSON.parse(e.data || "{}");
      document.dispatchEvent(new CustomEvent(`balcao:${name}`, { detail }));
      refresh(name, detail);
    });
}

function close() {
  if (!stream) return;
  if (stream.readyState === EventSource.OPEN) heardUntil = Math.max(heardUntil, clock());
  stream.close();
  stream = undefined;
}

// A hidden page hears nothing (browsers give one host six connections); it catches up when it is looked at again.
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", open);

// data-live="ticket:2469 task" and data-live-get="/…/_part": an element that is fetched anew when such news comes; at the
// latest data-live-within milliseconds after it.
const due = new Map();
const topicsOf = (name, { number }) => (name === "notices_read" ? ["notice"] : [name, `${name}:${number}`]);

function concerns(element, name, detail) {
  if (name === "reset") return true;
  const topics = element.dataset.live.split(" ");
  if (!topicsOf(name, detail).some((one) => topics.includes(one))) return false;
  // What the page already shows is no news.
  return name !== "ticket" || !element.dataset.version || detail.version > Number(element.dataset.version);
}

function refresh(name, detail) {
  for (const element of document.querySelectorAll("[data-live][data-live-get][id]")) {
    if (!concerns(element, name, detail) || due.has(element.id)) continue;
    due.set(element.id, setTimeout(() => fetchAnew(element.id), Number(element.dataset.liveWithin) || TOGETHER_MS));
  }
}

// A menu that is open or a field being filled is not pulled away; nor, with data-live-still, what is under the pointer or
// has the focus.
const inUse = (element) => Boolean(
  element.querySelector("details[open]")
  || (element.contains(document.activeElement) && (balcao.inField(document.activeElement) || "liveStill" in element.dataset))
  || ("liveStill" in element.dataset && element.matches(":hover")),
);

function fetchAnew(id) {
  const element = document.getElementById(id);
  if (element && inUse(element)) { // tried again when it is left alone
    due.set(id, setTimeout(() => fetchAnew(id), 1_000));
    return;
  }
  due.delete(id);
  if (element) htmx.ajax("GET", element.dataset.liveGet, { source: element, target: element, swap: "outerMorph" });
}

// Time passes on an open page: words such as "4 minutes ago", or a date that is not overdue yet, say until when they are
// true. What holds such words is fetched anew, or hears of them as balcao:past.
function pass() {
  if (document.hidden || !begun) return;
  const past = [...document.querySelectorAll("time[data-until]")].filter((one) => Number(one.dataset.until) <= clock());
  for (const { id } of new Set(past.map((one) => one.closest("[data-live-get][id]")).filter(Boolean)))
    if (!due.has(id)) due.set(id, setTimeout(() => fetchAnew(id), TOGETHER_MS));
  if (past.length) document.dispatchEvent(new CustomEvent("balcao:past", { detail: { times: past } }));
}
setInterval(pass, PASSES_MS);

open();
