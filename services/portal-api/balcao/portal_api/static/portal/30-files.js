// Files: each chosen one is listed and can be taken back; pictures can be pasted into the words, files dropped on a form.
const chosen = new WeakMap();

function show(input) {
  const list = document.getElementById(input.dataset.list);
  for (const old of list.querySelectorAll(".kept:not(label)")) old.remove();
  for (const file of chosen.get(input)) list.append(row(input, file));
  const bytes = chosen.get(input).reduce((sum, file) => sum + file.size, 0);
  input.setCustomValidity(bytes > Number(input.dataset.most) ? balcao.words("sayTooLarge") : "");
}

function row(input, file) {
  const line = Object.assign(document.createElement("div"), { className: "kept" });
  const name = Object.assign(document.createElement("span"), { className: "clip", textContent: file.name });
  const size = Object.assign(document.createElement("span"), { className: "muted num nowrap", textContent: inWords(file.size) });
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  remove.setAttribute("aria-label", `${balcao.words("sayRemove")}: ${file.name}`);
  remove.addEventListener("click", () => {
    set(input, chosen.get(input).filter((one) => one !== file));
    (document.getElementById(input.dataset.list).querySelector("button") ?? input).focus();
  });
  line.append(name, size, remove);
  return line;
}

const inWords = (size) => (size < 1000 ? `${size} B` : size < 1e6 ? `${Math.round(size / 1000)} KB` : `${(size / 1e6).toFixed(1)} MB`);

function set(input, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  input.files = held.files;
  chosen.set(input, [...input.files]);
  show(input);
}

const add = (input, files) => set(input, [...(chosen.get(input) ?? []), ...files]);

document.addEventListener("change", (e) => {
  // Choosing again adds to what was chosen before: a phone offers one picture at a time.
  if (e.target.matches?.("input[type=file][data-list]")) add(e.target, [...e.target.files]);
});

document.addEventListener("paste", (e) => {
  const input = e.target.dataset?.files && document.getElementById(e.target.dataset.files);
  const files = [...(e.clipboardData?.files ?? [])];
  if (!input || !files.length) return;
  e.preventDefault();
  add(input, files);
});

for (const name of ["dragover", "dragleave", "drop"])
  document.addEventListener(name, (e) => {
    const form = e.target.closest?.("form[data-send]");
    const input = form?.querySelector("input[type=file][data-list]");
    if (!input || !e.dataTransfer?.types.includes("Files")) return;
    e.preventDefault();
    form.classList.toggle("dropping", name === "dragover");
    if (name === "drop") add(input, [...e.dataTransfer.files]);
  });
