// An open list hears of changes: its rows change in place, what is new in it waits to be shown, what left it stays and
// says why. Nothing moves by itself.
const TOGETHER_MS = 150;
const COUNTED_EVERY_MS = 4_000;
const SAID_EVERY_MS = 5_000;
const MOST_OTHERS = 100;
const list = document.getElementById("list");
const slot = document.getElementById("news");

if (list && slot) {
  const rows = () => [...list.querySelectorAll("tr[data-number]")];
  const changed = new Set(), others = new Set();
  let soon, counting, said = 0, asking = false;

  const query = (extra) => {
    const given = new URLSearchParams(document.getElementById("list-form").dataset.query);
    for (const [name, value] of Object.entries(extra)) given.set(name, value);
    return `${location.pathname}/_rows?${given}`;
  };

  function heard({ detail }) {
    const row = document.getElementById(`t${detail.number}`);
    if (row && Number(row.dataset.version) >= detail.version) return;
    if (row) changed.add(detail.number);
    else if (others.size < MOST_OTHERS) others.add(detail.number);
    later();
  }

  const later = () => { soon ??= setTimeout(ask, TOGETHER_MS); };

  async function ask() {
    soon = undefined;
    if (asking) { later(); return; }
    asking = true;
    const numbers = [...changed].slice(0, 50);
    for (const number of numbers) changed.delete(number);
    try {
      await htmx.ajax("GET", query({ numbers: numbers.join(","), others: [...others].slice(-50).join(",") }), { source: list, target: list, swap: "none" });
      tellNew();
    } finally { asking = false; }
    if (changed.size) later();
    count();
  }

  function tellNew() {
    const numbers = slot.querySelector("[data-numbers]")?.dataset.numbers.split(",") ?? [];
    // What did not turn out to be new in this list is forgotten until it changes again.
    others.clear();
    for (const number of numbers) others.add(Number(number));
    if (numbers.length && Date.now() - said > SAID_EVERY_MS) {
      said = Date.now();
      balcao.say(slot.querySelector("[data-numbers]").textContent);
    }
  }

  // Numbers of stages and the whole, at most every few seconds: they are asked anew, not added up.
  function count() {
    counting ??= setTimeout(async () => {
      counting = undefined;
      const answer = await fetch(`${location.pathname}/_counts${document.getElementById("list-form").dataset.query}`);
      if (!answer.ok || answer.redirected) return;
      const { stages, total } = await answer.json();
      document.getElementById("total").textContent = total;
      for (const shown of document.querySelectorAll(".tabs [data-count]")) shown.textContent = stages[shown.dataset.count] ?? "";
    }, COUNTED_EVERY_MS);
  }

  async function showNew() {
    if (!slot.querySelector("[data-show-new]")) return false;
    const first = [...others];
    await htmx.ajax("GET", `${location.pathname}/_list${document.getElementById("list-form").dataset.query}`, { source: list, target: list, swap: "innerMorph" });
    others.clear();
    slot.replaceChildren();
    history.replaceState(null, "", location.pathname + document.getElementById("list-form").dataset.query);
    const row = rows().find((one) => first.includes(Number(one.dataset.number))) ?? rows()[0];
    row?.querySelector("[data-row-link]")?.focus();
    count();
    return true;
  }

  slot.addEventListener("click", (e) => {
    if (!e.target.closest("[data-show-new]") || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    showNew();
  });
  balcao.keys.on(".", () => slot.querySelector("[data-show-new]") ? (showNew(), true) : false, document.body.dataset.sayShowNew);
  document.addEventListener("balcao:ticket", heard);
  // What came while nobody listened: those of the first page that it does not show.
  async function unheard() {
    if (new URLSearchParams(location.search).has("after")) return;
    const answer = await fetch(`${location.pathname}/_list${document.getElementById("list-form").dataset.query}`);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const { id, dataset } of page.querySelectorAll("tr[data-number]")) if (!document.getElementById(id)) others.add(Number(dataset.number));
  }

  document.addEventListener("balcao:past", ({ detail: { times } }) => {
    for (const row of times.map((one) => one.closest("#list tr[data-number]")).filter(Boolean)) changed.add(Number(row.dataset.number));
    if (changed.size) later();
  });
  document.addEventListener("balcao:reset", () => {
    for (const row of rows()) changed.add(Number(row.dataset.number));
    unheard().finally(later);
  });
}
