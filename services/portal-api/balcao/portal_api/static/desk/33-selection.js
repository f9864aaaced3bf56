// Choosing tickets in the list: how many, all of the view, what can be done with them and why not. The bar is a form
// with buttons that work without this script; with it, editing happens in a dialog above the list.
const form = document.getElementById("list-form");
const bar = document.getElementById("selection");

if (form && bar) {
  const count = bar.querySelector(".count");
  const everything = bar.querySelector("[data-all]");
  const merging = bar.querySelector("[data-merge]");
  const why = bar.querySelector(".why");
  let last;

  const boxes = () => [...form.querySelectorAll("input[name=ids]")];
  const chosen = () => boxes().filter((one) => one.checked);
  const isAll = () => everything?.getAttribute("aria-pressed") === "true";
  const said = (name, number) => bar.dataset[name].replace("%(num)s", number);

  function whyNot(some) {
    if (isAll()) return bar.dataset.whyAll;
    if (some.length > 20) return bar.dataset.whyMany;
    if (new Set(some.map((one) => one.dataset.workspace ?? "")).size > 1) return bar.dataset.whyWorkspaces;
    if (some.some((one) => one.dataset.status && one.dataset.status !== "open")) return bar.dataset.whyClosed;
    if (some.some((one) => Number(one.dataset.tasks) > 0)) return bar.dataset.whyTasks;
    return "";
  }

  function show() {
    const some = chosen();
    if (some.length < boxes().length && isAll()) setAll(false);
    const number = isAll() ? everything.dataset.shown : some.length;
    count.textContent = said(number === 1 ? "one" : "many", number);
    const reason = some.length ? whyNot(some) : "";
    merging.setAttribute("aria-disabled", String(Boolean(reason)));
    why.textContent = reason;
    const head = document.getElementById("select-page");
    if (head) {
      head.hidden = false;
      head.checked = some.length > 0 && some.length === boxes().length;
      head.indeterminate = some.length > 0 && !head.checked;
    }
  }

  function setAll(on) {
    everything.setAttribute("aria-pressed", String(on));
    form.elements.all.disabled = !on;
  }

  function choose(box, on, range) {
    const all = boxes();
    const from = range && last?.isConnected ? all.indexOf(last) : all.indexOf(box);
    const [first, end] = [from, all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(first, end + 1)) one.checked = on;
    last = box;
    changed();
  }

  function changed() {
    show();
    const number = chosen().length;
    balcao.say(number ? count.textContent : bar.dataset.none);
  }

  function clear() {
    for (const one of boxes()) one.checked = false;
    if (everything) setAll(false);
    changed();
  }

  let withShift = false;
  form.addEventListener("click", (e) => { withShift = e.shiftKey; }, true);
  form.addEventListener("change", (e) => {
    if (e.target.name === "ids") choose(e.target, e.target.checked, withShift);
    if (e.target.id !== "select-page") return;
    for (const one of boxes()) one.checked = e.target.checked;
    changed();
  });
  everything?.addEventListener("click", () => {
    setAll(!isAll());
    if (isAll()) for (const one of boxes()) one.checked = true;
    changed();
  });
  bar.querySelector("[data-clear]").addEventListener("click", clear);
  document.addEventListener("htmx:after:swap", show);
  addEventListener("pageshow", show);

  // Editing, in place.
  const dialog = document.createElement("dialog");
  dialog.className = "bulk-dialog";
  dialog.setAttribute("aria-label", bar.dataset.edit);
  document.body.append(dialog);
  let back;

  async function open(button) {
    back = document.activeElement;
    const query = new URLSearchParams(new FormData(form));
    query.set(button.name, button.value);
    const answer = await fetch(`${button.formAction.split("?")[0]}?${query}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return form.requestSubmit(button);
    dialog.innerHTML = await answer.text();
    dialog.classList.toggle("slim", button.value === "tags");
    htmx.process(dialog);
    balcao.suggestIn(dialog);
    dialog.showModal();
    dialog.querySelector("select, .pick input, [data-focus]")?.focus();
  }

  form.addEventListener("submit", (e) => {
    const button = e.submitter;
    if (!button || e.defaultPrevented) return;
    if (button === merging && merging.getAttribute("aria-disabled") === "true") {
      e.preventDefault();
      balcao.say(why.textContent);
    } else if ("dialog" in button.dataset && !dialog.open) {
      e.preventDefault();
      open(button).catch(() => { delete button.dataset.dialog; form.requestSubmit(button); });
    }
    // What is not sent now may be sent again.
    if (e.defaultPrevented) queueMicrotask(() => { delete form.dataset.sent; });
  });
  dialog.addEventListener("click", (e) => {
    const close = e.target.closest("[data-close]");
    if (close || e.target === dialog) dialog.close();
    if (close?.dataset.close === "done") clear();
  });
  dialog.addEventListener("close", () => { dialog.replaceChildren(); back?.focus?.(); });
  document.addEventListener("htmx:after:swap", () => {
    if (dialog.open && !dialog.contains(document.activeElement)) dialog.querySelector("[data-focus]")?.focus();
  });

  // Keys.
  const boxAtHand = () => document.activeElement?.closest?.("tr")?.querySelector("input[name=ids]");
  const press = (button) => () => (chosen().length ? button.click() : false);
  const toggle = (range) => () => {
    const box = boxAtHand();
    return box ? choose(box, range || !box.checked, range) : false;
  };
  balcao.keys.on("x", toggle(false), bar.dataset.keyX);
  balcao.keys.on("X", toggle(true), bar.dataset.keyRange);
  balcao.keys.on("e", press(bar.querySelector("[data-key=e]")), bar.dataset.keyE);
  balcao.keys.on("t", press(bar.querySelector("[data-key=t]")), bar.dataset.keyT);
  balcao.keys.on("m", press(merging), bar.dataset.keyM);
  balcao.keys.on("Escape", () => (chosen().length ? clear() : false));
  show();
}
