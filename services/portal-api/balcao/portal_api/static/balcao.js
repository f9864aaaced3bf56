// Comforts only: everything works without this file.
const inField = (el) => el.closest("input, textarea, select, [contenteditable]");

// Ctrl+Enter sends the form one is writing in.
document.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.form) {
    const button = [...e.target.form.querySelectorAll("button[type=submit], button:not([type])")].find((b) => b.offsetParent);
    e.target.form.requestSubmit(button);
  }
});

// The list by keyboard: j and k move real focus, Enter opens because it is a link.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || inField(e.target)) return;
  const links = [...document.querySelectorAll("[data-row-link]")];
  if ((e.key === "j" || e.key === "k") && links.length) {
    const at = links.indexOf(document.activeElement);
    const next = e.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
    links[next].focus();
    e.preventDefault();
  }
  const composer = document.getElementById("composer-text");
  if (composer && (e.key === "n" || e.key === "r")) {
    const show = document.getElementById("composer-show");
    if (!composer.value) show.checked = e.key === "r";
    composer.focus();
    e.preventDefault();
  }
});

// An open menu closes with Escape or a click elsewhere, and gives focus back.
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  const open = document.activeElement.closest("details.pop[open]") || document.querySelector("details.pop[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
document.addEventListener("click", (e) => {
  for (const open of document.querySelectorAll("details.pop[open]")) if (!open.contains(e.target)) open.open = false;
});

// A form is sent once.
document.addEventListener("submit", (e) => {
  if (e.target.dataset.sent) { e.preventDefault(); return; }
  e.target.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// What is half-written is not lost by leaving.
addEventListener("beforeunload", (e) => {
  for (const area of document.querySelectorAll("textarea"))
    if (area.value !== area.defaultValue && !area.form.dataset.sent) { e.preventDefault(); return; }
});

// Says what was chosen beside the paper clip.
document.addEventListener("change", (e) => {
  const says = e.target.dataset.chosen && document.getElementById(e.target.dataset.chosen);
  if (!says) return;
  says.textContent = [...e.target.files].map((f) => f.name).join(", ");
  says.hidden = !e.target.files.length;
});

// An empty composer is one line until one begins to write or ticks the box; after that it stays open.
const composing = document.querySelector("#composer form");
if (composing && !composing.elements.text.value && !composing.querySelector(".alert") && !composing.querySelector(".show").checked) {
  const wake = () => composing.classList.remove("quiet");
  composing.classList.add("quiet");
  composing.elements.text.addEventListener("focus", wake);
  composing.addEventListener("change", wake);
}
