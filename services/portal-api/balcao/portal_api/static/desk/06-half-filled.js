// A ticket's form that somebody has begun to fill in stays as it is, whatever comes in around it: what stands in its fields,
// and the version that it was begun on, so that what others changed meanwhile is a choice and never overwritten unseen.
const SKIP = "hx-morph-skip";
const REFUSED = "refused";

const isChanged = (field) => {
  if (field.type === "hidden" || field.type === "submit" || field.disabled) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.options) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
  return "defaultValue" in field && field.value !== field.defaultValue;
};
const isOurs = (form) => Boolean(form?.matches?.("form[data-command]"));

function look(form) {
  // What was refused is the page's own by now, and would go with the next news: it stays until it is sent or given up.
  if (!isOurs(form) || form.getAttribute(SKIP) === REFUSED) return;
  if ([...form.elements].some(isChanged)) form.setAttribute(SKIP, "filled");
  else form.removeAttribute(SKIP);
}

balcao.halfFilled = {
  /** Let what comes in next have the form: it is being sent, or was given up. */
  release: (form) => form.removeAttribute(SKIP),
  /** Keep what was refused. */
  keep: (form) => form.setAttribute(SKIP, REFUSED),
};

for (const name of ["input", "change"]) document.addEventListener(name, (e) => look(e.target.form));
document.addEventListener("reset", (e) => { if (isOurs(e.target)) { balcao.halfFilled.release(e.target); queueMicrotask(() => look(e.target)); } });
// The answer to a form puts the form itself right; where there was none, it is as half-filled as before.
document.addEventListener("htmx:before:request", ({ target }) => { if (isOurs(target)) balcao.halfFilled.release(target); });
document.addEventListener("htmx:finally:request", ({ target, detail: { ctx } }) => {
  const status = ctx?.response?.status;
  if (isOurs(target) && (!(status < 500) || balcao.isRefused(ctx))) look(target);
});
// Where a part comes without a form that is half-filled, the part stays: better old than words lost.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const task of tasks.filter((one) => one.swapSpec?.style?.endsWith("Morph"))) {
    const filled = task.target?.querySelectorAll?.(`form[data-command][id][${SKIP}]`) ?? [];
    if ([...filled].some((form) => !task.fragment.querySelector(`#${CSS.escape(form.id)}`))) tasks.splice(tasks.indexOf(task), 1);
  }
});
