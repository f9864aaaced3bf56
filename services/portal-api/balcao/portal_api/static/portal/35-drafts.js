// What one writes is kept in this browser until it is sent; signing out forgets it.
const BEGINS = "balcao.my:";
const nameOf = (field) => `${BEGINS}${field.form.getAttribute("action")}#${field.name}`;
const drafts = () => document.querySelectorAll("form[data-send] [data-draft]");
const storage = (() => { try { return window.localStorage; } catch { return null; } })();

function keep(field) {
  try {
    if (field.value === field.defaultValue) storage?.removeItem(nameOf(field));
    else storage?.setItem(nameOf(field), field.value);
  } catch { /* the browser's shelf is full or closed: the words stay on the page */ }
}

balcao.drafts = {
  /** The form's words are kept elsewhere now. */
  forget: (form) => { for (const field of form.querySelectorAll("[data-draft]")) storage?.removeItem(nameOf(field)); },
};

document.addEventListener("input", (e) => { if (e.target.matches?.("form[data-send] [data-draft]")) keep(e.target); });

let found = false;
for (const field of drafts()) {
  const words = storage?.getItem(nameOf(field));
  // What the page brings along was typed later.
  if (!words || field.defaultValue) continue;
  field.value = words;
  found ||= field;
}
if (found) {
  const line = Object.assign(document.createElement("p"), { className: "found", textContent: balcao.words("sayFound") });
  const empty = Object.assign(document.createElement("button"), { type: "button", textContent: balcao.words("sayEmpty") });
  empty.addEventListener("click", () => {
    balcao.drafts.forget(found.form);
    for (const field of found.form.querySelectorAll("[data-draft]")) field.value = field.defaultValue;
    line.remove();
    found.focus();
  });
  line.append(empty);
  const place = found.closest(".line, .field");
  place.before(line);
  const folded = found.closest("details");
  if (folded) folded.open = true;
}

document.addEventListener("submit", (e) => {
  if (!e.target.matches("[data-forget]") || !storage) return;
  for (const name of Object.keys(storage)) if (name.startsWith(BEGINS)) storage.removeItem(name);
});
