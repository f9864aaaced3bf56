// The rail's numbers, which a page does not wait for: tickets by place and view, my overdue ones, messages that wait. What was known a moment ago
// shows at once, so that nothing blinks from page to page.
const FRESH_MS = 20_000;
const KEPT = "balcao.rail";
const rail = document.querySelector(".rail[data-rail]");
let asking;

function show(counts) {
  for (const [name, { count, shown: written, words }] of Object.entries(counts)) {
    const shown = document.getElementById(`rail-${name}`);
    if (!shown) continue;
    shown.textContent = count ? written : "";
    if (words) shown.closest("a").title = count ? words : "";
  }
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

async function ask() {
  asking = undefined;
  try {
    const answer = await fetch(rail.dataset.rail, { headers: { accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const counts = await answer.json();
    sessionStorage.setItem(KEPT, JSON.stringify({ of: rail.dataset.rail, at: Date.now(), counts }));
    show(counts);
  } catch { /* the numbers of a moment ago stay */ }
}

const askWithin = (ms) => { asking ??= setTimeout(ask, ms); };

if (rail) {
  const { of, at, counts } = kept();
  if (of === rail.dataset.rail) show(counts);
  if (of !== rail.dataset.rail || Date.now() - at > FRESH_MS || "fresh" in rail.dataset) askWithin(50);
  document.addEventListener("balcao:held", () => askWithin(300));
  document.addEventListener("balcao:ticket", () => askWithin(4_000));
  document.addEventListener("balcao:reset", () => askWithin(1_000));
}
