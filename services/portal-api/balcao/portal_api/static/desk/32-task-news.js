// A list of tasks hears of those that it does not show: what belongs into it waits behind a button, in a slot that has its
// place already. Its rows look after themselves (`data-live`).
const TOGETHER_MS = 300;
const MOST = 20;
const slot = document.getElementById("task-news");

if (slot) {
  const others = new Set();
  let soon;

  function heard(number) {
    if (document.getElementById(`task-${number}`)) return;
    others.add(Number(number));
    soon ??= setTimeout(ask, TOGETHER_MS);
  }

  async function ask() {
    soon = undefined;
    const url = new URL(slot.dataset.get, location.href);
    url.searchParams.set("numbers", [...others].slice(-MOST).join(","));
    await htmx.ajax("GET", url.pathname + url.search, { source: slot, target: slot, swap: "innerHTML" });
    // What did not turn out to be new in this list is forgotten until it changes again.
    others.clear();
    for (const number of slot.querySelector("[data-numbers]")?.dataset.numbers.split(",") ?? []) others.add(Number(number));
  }

  // What came while nobody listened: those of the list as it is now that it does not show.
  async function unheard() {
    if (new URLSearchParams(location.search).has("after")) return;
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const row of page.querySelectorAll("tr[id^=task-]")) heard(row.id.slice("task-".length));
  }

  balcao.keys.on(".", () => {
    const link = slot.querySelector("[data-show-new]");
    return link ? link.click() : false;
  }, document.body.dataset.sayShowNew);
  document.addEventListener("balcao:task", ({ detail }) => heard(detail.number));
  document.addEventListener("balcao:reset", unheard);
}
