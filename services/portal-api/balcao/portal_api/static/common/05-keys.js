// Single keys, and `g` followed by another one. Never inside fields, with modifiers or while an input method composes;
// compared by what the key writes, so that layouts don't matter. A person may turn them off (WCAG 2.1.4).
const FOLLOWED_WITHIN_MS = 1_500;
const known = new Map();
let first = "", forgetting;

balcao.keys = {
  /** Call `act(event)` at this key ("j") or sequence ("g i"); with `words` it is listed in the help. An act that returns false leaves the key to others. */
  on: (key, act, words = "") => known.set(key, [...(known.get(key) ?? []), { act, words }]),
  /** All that have words, as [key, words]. */
  listed: () => [...known].flatMap(([key, acts]) => acts.filter((one) => one.words).map((one) => [key, one.words])),
  off: () => localStorage.getItem("balcao.keys") === "off",
};

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || balcao.keys.off()) return;
  if (balcao.inField(e.target) || document.querySelector("dialog[open]")) return;
  const pressed = first ? `${first} ${e.key}` : e.key;
  clearTimeout(forgetting);
  first = "";
  const acts = known.get(pressed) ?? [];
  if (acts.some(({ act }) => act(e) !== false)) { e.preventDefault(); return; }
  if ([...known.keys()].some((key) => key.startsWith(`${e.key} `))) {
    first = e.key;
    forgetting = setTimeout(() => { first = ""; }, FOLLOWED_WITHIN_MS);
  }
});
