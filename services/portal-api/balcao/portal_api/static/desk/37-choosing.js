// Typing below a choice chooses it.
document.addEventListener("input", (e) => {
  const choice = e.target.closest(".where .option")?.querySelector("input[type=radio]");
  if (choice && e.target !== choice) choice.checked = true;
});
// What went wrong is looked at first.
document.querySelector(".alert[data-focus]")?.focus();
// The step just taken is taken back by its key.
const undo = document.querySelector("[data-undo]");
if (undo) balcao.keys.on("z", () => undo.click(), undo.textContent.trim());
// What was formatted before is shown so at once, not only when one begins to write.
const formatted = document.querySelector(".opening textarea[data-rich]");
if (formatted?.dataset.html) queueMicrotask(() => balcao.rich.set(formatted, { text: formatted.value, html: formatted.dataset.html }));
