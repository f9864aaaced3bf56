// The board: cards are carried with the pointer, or with Space and the arrows; what counts is what the server says.
const words = document.getElementById("board-words")?.dataset;
const board = () => document.getElementById("board");
const columns = () => [...document.querySelectorAll(".b-column")];
const cardOf = (element) => element?.closest?.(".b-card");
const columnOf = (element) => element?.closest?.(".b-column");
const cardsOf = (column) => [...column.querySelectorAll(".b-card")];
// As many as are shown of a column, so that none goes away when the board is drawn anew.
const asMany = (url) => `${url}&limit=${Math.max(...columns().map((column) => cardsOf(column).length))}`;
const focusOn = (card) => card?.querySelector("[data-card]").focus({ preventScroll: false });

let held; // { card, from, next, by }: where it was taken from, and whether by "keys" or "pointer"
let landing; // the id of a card that shall have the focus once the board is drawn anew
let again = false, fetching = false, timer;

function lift(card, by) {
  held = { card, from: columnOf(card), next: card.nextElementSibling, by };
  card.classList.add(by === "keys" ? "lifted" : "dragged");
  if (by === "keys") balcao.say(`${card.dataset.title}: ${words.lifted}`);
}

function letGo() {
  held?.card.classList.remove("lifted", "dragged");
  for (const column of columns()) column.classList.remove("over");
  held = undefined;
  if (again) refresh();
}

function putBack() {
  const { card, from, next, by } = held;
  from.querySelector("ol").insertBefore(card, next);
  balcao.say(`${card.dataset.title}: ${words.cancelled}`);
  letGo();
  if (by === "keys") focusOn(card);
}

function carry(by) {
  const all = columns();
  const to = all[all.indexOf(columnOf(held.card)) + by];
  if (!to) return;
  for (const column of all) column.classList.toggle("over", column === to && to !== held.from);
  to.querySelector("ol").prepend(held.card);
  focusOn(held.card);
  held.card.scrollIntoView({ block: "nearest", inline: "center" });
  balcao.say(`${words.over} ${to.dataset.name}`);
}

function drop() {
  const { card, from, by } = held;
  const to = columnOf(card);
  if (to === from) { putBack(); return; }
  if (by === "keys") landing = card.id;
  card.classList.add("pending");
  balcao.say(`${card.dataset.title}: ${words.dropped} ${to.dataset.name}`);
  letGo();
  const values = { csrf: balcao.csrf(), task: card.dataset.task, phase: to.dataset.phase, version: card.dataset.version };
  htmx.ajax("POST", asMany(board().dataset.moves), { source: board(), target: board(), swap: "outerMorph", values });
}

// What others move, moves here too, but never the card one holds.
function refresh() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const open = document.querySelector(".b-card details[open]");
    if (held || fetching || open) { again = true; if (!held) refresh(); return; }
    again = false;
    fetching = true;
    landing ??= cardOf(document.activeElement)?.id;
    try {
      await htmx.ajax("GET", asMany(board().dataset.get), { source: board(), target: board(), swap: "outerMorph" });
    } finally { fetching = false; }
  }, document.querySelector(".b-card details[open]") ? 1_000 : 200);
}

function neighbour(card, key) {
  const all = columns().filter((column) => cardsOf(column).length);
  const column = columnOf(card), cards = cardsOf(column), at = cards.indexOf(card);
  if (key === "ArrowDown") return cards[at + 1];
  if (key === "ArrowUp") return cards[at - 1];
  const other = all[all.indexOf(column) + (key === "ArrowRight" ? 1 : -1)];
  return other && cardsOf(other)[Math.min(at, cardsOf(other).length - 1)];
}

function onKey(e) {
  const card = cardOf(document.activeElement);
  if (!card || !document.activeElement.matches("[data-card]")) return false;
  if (held?.by === "keys") {
    if (e.key === "ArrowRight") carry(1);
    else if (e.key === "ArrowLeft") carry(-1);
    else if (e.key === " " || e.key === "Enter") drop();
    else if (e.key === "Escape") putBack();
    return true;
  }
  if (e.key === " ") { lift(card, "keys"); return true; }
  if (!e.key.startsWith("Arrow")) return false;
  focusOn(neighbour(card, e.key));
  return true;
}

if (board()) {
  for (const key of ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", " ", "Escape", "Enter"]) balcao.keys.on(key, onKey);
  balcao.keys.on("j", () => { focusOn(cardOf(document.activeElement) ? neighbour(cardOf(document.activeElement), "ArrowDown") : document.querySelector(".b-card")); });
  balcao.keys.on("k", () => { const card = cardOf(document.activeElement); if (card) focusOn(neighbour(card, "ArrowUp")); });
  document.addEventListener("focusout", (e) => {
    // The card in the hand is not lost by Tab or a click elsewhere: it goes back. Being carried moves focus for a moment.
    setTimeout(() => { if (held?.by === "keys" && !held.card.contains(document.activeElement)) putBack(); });
  });

  document.addEventListener("dragstart", (e) => {
    const card = cardOf(e.target);
    if (!card) return;
    if (held) putBack();
    lift(card, "pointer");
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", card.dataset.title);
  });
  document.addEventListener("dragover", (e) => {
    const over = held?.by === "pointer" && columnOf(e.target);
    if (!over) return;
    e.preventDefault();
    for (const column of columns()) column.classList.toggle("over", column === over && over !== held.from);
  });
  document.addEventListener("drop", (e) => {
    const over = held?.by === "pointer" && columnOf(e.target);
    if (!over) return;
    e.preventDefault();
    if (over === held.from) { letGo(); return; }
    over.querySelector("ol").prepend(held.card);
    drop();
  });
  document.addEventListener("dragend", () => { if (held?.by === "pointer") letGo(); });

  document.addEventListener("balcao:task", refresh);
  document.addEventListener("balcao:reset", refresh);
  // A filter counts as soon as it is chosen.
  document.querySelector("form[data-auto] select")?.addEventListener("change", (e) => e.target.form.requestSubmit());
  document.addEventListener("htmx:after:settle", () => {
    for (const card of document.querySelectorAll(".b-card.pending, .b-card.dragged")) card.classList.remove("pending", "dragged");
    if (landing) { focusOn(document.getElementById(landing)); landing = undefined; }
  });
}
