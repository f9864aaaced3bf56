// "/" or Ctrl+K: the search box of the page, or the same one in a dialog; it answers while one types. The arrows go
// through what was found, Enter opens it, and without a choice leads to the page of results.
const WAIT_MS = 160;
const box = document.getElementById("find");

if (box) {
  const field = box.querySelector("input[type=search]");
  const found = document.getElementById("found");
  let waiting, asked = "";

  const hits = () => [...found.querySelectorAll("[data-hit]")];

  function open() {
    if (box.open) return;
    box.showModal();
    field.select();
    if (!found.children.length) ask();
  }

  async function ask() {
    const words = field.value.trim();
    asked = words;
    const answer = await fetch(`${box.dataset.found}?${new URLSearchParams({ q: words })}`).catch(() => null);
    // An answer to what is not typed any more is too late.
    if (!answer?.ok || answer.redirected || asked !== words) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    found.replaceChildren(...page.body.childNodes);
  }

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT_MS);
  });

  box.addEventListener("keydown", (e) => {
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    const all = hits(), at = all.indexOf(document.activeElement);
    const next = e.key === "ArrowDown" ? at + 1 : at - 1;
    if (next >= all.length) return;
    e.preventDefault();
    (all[next] ?? field).focus();
  });
  box.addEventListener("click", (e) => { if (e.target === box) box.close(); });

  document.addEventListener("keydown", (e) => {
    if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || document.querySelector("dialog[open]")) return;
    // In an editor Ctrl+K makes a link.
    if (e.target.closest?.("trix-editor, [contenteditable]")) return;
    e.preventDefault();
    open();
  });
  balcao.keys.on("/", () => { open(); return true; }, box.dataset.words);
  // The box on the page is where one clicks; what it finds needs the room of the dialog.
  for (const inPage of document.querySelectorAll("main form[data-find]")) {
    const there = inPage.querySelector("input[type=search]");
    inPage.addEventListener("pointerdown", (e) => {
      if (there.value || e.button) return;
      e.preventDefault();
      open();
    });
  }
}
