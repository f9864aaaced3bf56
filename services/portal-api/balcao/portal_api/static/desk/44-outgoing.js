// The undo window: counts down what the server counts too, then looks what became of it. `z` takes the answer back.
const AFTER_MS = 1_500;
const ends = new Map();

function tick() {
  for (const bar of document.querySelectorAll(".going[data-left]")) {
    if (!ends.has(bar.id)) ends.set(bar.id, performance.now() + Number(bar.dataset.left) * 1000);
    const left = Math.max(0, Math.ceil((ends.get(bar.id) - performance.now()) / 1000));
    const shown = bar.querySelector("[data-seconds]");
    if (shown && left > 0) shown.textContent = left;
    if (left > 0 || bar.dataset.over) continue;
    bar.dataset.over = "1";
    bar.querySelector("summary b").textContent = bar.dataset.now;
    for (const button of bar.querySelectorAll("button")) button.disabled = true;
    setTimeout(fetchAnew, AFTER_MS);
  }
}
function fetchAnew() {
  const area = document.getElementById("outgoing");
  if (area?.querySelector("[data-over]"))
    htmx.ajax("GET", area.dataset.liveGet, { source: area, target: area, swap: "outerHTML" }).then(() => setTimeout(fetchAnew, AFTER_MS));
}
if (document.getElementById("outgoing")) setInterval(tick, 250);

balcao.keys.on("z", () => {
  const button = document.querySelector(".going:not([data-over]) [data-undo-send]");
  if (!button) return false;
  button.form.requestSubmit(button);
});
