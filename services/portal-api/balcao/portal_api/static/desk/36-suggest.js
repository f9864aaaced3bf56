// Fields that name a person or a ticket: what fits is listed below while one types. data-suggest says where to ask,
// data-several that the field takes many, separated by commas. Without this script one types the address or number.
const AFTER_MS = 150;

function suggest(field) {
  const several = "several" in field.dataset;
  const list = document.createElement("ul");
  list.id = `${field.id}-found`;
  list.className = "suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  list.hidden = true;
  field.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false", autocomplete: "off" }))
    field.setAttribute(name, value);
  let timer, asking, at = -1;

  const begin = () => (several ? Math.max(field.value.lastIndexOf(","), field.value.lastIndexOf(";")) + 1 : 0);
  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function mark(to) {
    const all = options();
    at = (to + all.length) % all.length;
    all.forEach((one, n) => one.setAttribute("aria-selected", String(n === at)));
    field.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  function choose(option) {
    const before = field.value.slice(0, begin()).trim();
    field.value = `${before ? `${before} ` : ""}${option.dataset.value}${several ? ", " : ""}`;
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const words = field.value.slice(begin()).trim();
    if (words.length < (field.dataset.suggestFrom ?? 2)) return close();
    const url = new URL(field.dataset.suggest, location.href);
    url.searchParams.set("q", words);
    try {
      const answer = await fetch(url, { signal: asking.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok || document.activeElement !== field) return close();
      list.innerHTML = await answer.text();
    } catch { return; } // typed on, or offline: the field works without
    options().forEach((one, n) => { one.id = `${list.id}-${n}`; });
    at = -1;
    list.hidden = !options().length;
    field.setAttribute("aria-expanded", String(!list.hidden));
  }

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, AFTER_MS); });
  field.addEventListener("blur", () => setTimeout(close, 120));
  field.addEventListener("keydown", (e) => {
    if (list.hidden || e.isComposing) return;
    if (e.key === "ArrowDown") mark(at + 1);
    else if (e.key === "ArrowUp") mark(at < 0 ? -1 : at - 1);
    else if (e.key === "Enter" && at >= 0) choose(options()[at]);
    else if (e.key === "Escape") { close(); e.stopPropagation(); }
    else return;
    e.preventDefault();
  });
  list.addEventListener("mousedown", (e) => {
    e.preventDefault(); // the field keeps its focus
    const option = e.target.closest("[role=option]");
    if (option) choose(option);
  });
}

/** Bring such fields below an element to life; once each. */
balcao.suggestIn = (root) => {
  for (const field of root.querySelectorAll("input[data-suggest]:not([role=combobox])")) suggest(field);
};
balcao.suggestIn(document);
document.addEventListener("htmx:after:swap", () => balcao.suggestIn(document));
