// A task's page: forms answer in place, and its tickets move before one's eyes.
const part = document.getElementById("task-tickets");

// After a form did what it was for: a menu closes and gives focus back, a field is ready for the next words.
document.addEventListener("htmx:after:request", ({ detail: { ctx }, target }) => {
  const form = target.closest?.("form[data-done]");
  if (!form || !ctx?.response || ctx.response.status >= 400) return;
  if (form.dataset.done === "reset") form.reset();
  const menu = form.closest("details[open]");
  if (form.dataset.done === "close" && menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
// A form that answers in place may be sent again.
document.addEventListener("htmx:finally:request", ({ target }) => { const form = target.closest?.("form"); if (form) delete form.dataset.sent; });

if (part) {
  const stages = () => new Map([...document.querySelectorAll("#task-tickets .tk-row")].map((row) => [row.id, row.dataset.stage]));
  let before = stages();
  // Whoever changed it: a ticket whose stage is another one than a moment ago shows that it moved, and says so.
  new MutationObserver(() => {
    const now = stages();
    for (const [id, stage] of now) {
      if (!before.has(id) || before.get(id) === stage) continue;
      const row = document.getElementById(id);
      row.classList.add("moved");
      balcao.say(row.dataset.said);
      setTimeout(() => row.classList.remove("moved"), 2_500);
    }
    before = now;
  }).observe(part.parentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-stage"] });
}
