// n begins a note, r an answer.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || balcao.inField(e.target)) return;
  const composer = document.getElementById("composer-text");
  if (composer && (e.key === "n" || e.key === "r")) {
    const show = document.getElementById("composer-show");
    if (!composer.value) show.checked = e.key === "r";
    composer.focus();
    e.preventDefault();
  }
});

// An empty composer is one line until one begins to write or ticks the box; after that it stays open.
const composing = document.querySelector("#composer form");
if (composing && !composing.elements.text.value && !composing.querySelector(".alert") && !composing.querySelector(".show").checked) {
  const wake = () => composing.classList.remove("quiet");
  composing.classList.add("quiet");
  composing.elements.text.addEventListener("focus", wake);
  composing.addEventListener("change", wake);
}
