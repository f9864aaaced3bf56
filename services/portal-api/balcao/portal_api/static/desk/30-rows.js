// The list by keyboard: j and k (or the arrows, once in it) move real focus from row to row; Enter opens because the
// row is a link.
const OPENED = "balcao.opened";
const links = () => [...document.querySelectorAll("main [data-row-link]")];
let last = -1;

function current() {
  const all = links();
  const row = document.activeElement.closest?.("tr, .hit");
  const at = row ? all.findIndex((link) => row.contains(link)) : -1;
  return { all, at: at >= 0 ? at : last };
}

function move(by) {
  const { all, at } = current();
  if (!all.length) return false;
  const next = Math.max(0, Math.min(at + by, all.length - 1));
  last = next;
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function open() {
  const { all, at } = current();
  if (!all[at] || document.activeElement === all[at]) return all[at] ? (all[at].click(), true) : false;
  all[at].click();
  return true;
}

const list = document.getElementById("list") ?? document.querySelector("main .hits");
if (list) {
  const words = document.body.dataset;
  balcao.keys.on("j", () => move(1), words.sayNext);
  balcao.keys.on("k", () => move(-1), words.sayPrevious);
  balcao.keys.on("o", open, words.sayOpen);
  const inRow = () => Boolean(document.activeElement.closest?.("main [data-row-link]"));
  balcao.keys.on("ArrowDown", () => inRow() && move(1));
  balcao.keys.on("ArrowUp", () => inRow() && move(-1));
  // Whoever comes back from a ticket stands where they were.
  list.addEventListener("click", (e) => {
    const row = e.target.closest("[data-row-link]")?.closest("tr[id]");
    if (row) sessionStorage.setItem(OPENED, JSON.stringify({ on: location.search, row: row.id }));
  });
  addEventListener("pageshow", (e) => {
    const kind = performance.getEntriesByType("navigation")[0]?.type;
    if (!e.persisted && kind !== "back_forward") return;
    const { on, row } = JSON.parse(sessionStorage.getItem(OPENED) ?? "{}");
    if (on === location.search) document.getElementById(row)?.querySelector("[data-row-link]")?.focus({ preventScroll: true });
  });
}
