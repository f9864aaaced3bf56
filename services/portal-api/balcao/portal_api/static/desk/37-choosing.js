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
// Of the projects only those of the chosen workspace are offered; of none, all: the requester's own is not known here.
const project = document.querySelector(".opening select[name=project_id]");
if (project) {
  const workspace = project.form.elements.workspace_id;
  const fit = () => {
    for (const group of project.querySelectorAll("optgroup")) {
      const other = Boolean(workspace.value && group.dataset.workspace && group.dataset.workspace !== workspace.value);
      group.hidden = group.disabled = other;
      if (other && group.querySelector("option:checked")) project.value = "";
    }
  };
  workspace.addEventListener("change", fit);
  fit();
}
