// Settings: comforts only; every form works without them.

// What is wrong is where one looks first.
document.querySelector("[data-look]")?.focus();

// One more line of a list of fields: the last one again, empty.
for (const group of document.querySelectorAll("[data-grows]")) {
  const button = group.querySelector(".grow"), rows = group.querySelector(".addr-rows");
  button.hidden = false;
  button.addEventListener("click", () => {
    const added = rows.lastElementChild.cloneNode(true);
    for (const field of added.querySelectorAll("input, select")) {
      if (field.type === "radio") { field.value = rows.children.length; field.checked = false; }
      else if (field.tagName === "SELECT") field.selectedIndex = 0;
      else field.value = "";
    }
    rows.append(added);
    added.querySelector("input").focus();
  });
}

// The chosen logo is drawn rather than addressed: our policy lets no image in that is not ours.
document.querySelector("[data-logo]")?.addEventListener("change", async ({ target }) => {
  const sheet = document.querySelector("[data-logo-sheet]"), [file] = target.files;
  if (!file) return;
  try {
    const image = await createImageBitmap(file), canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d").drawImage(image, 0, 0);
    sheet.replaceChildren(canvas);
  } catch { /* The server says in words what it is. */ }
});

// A colour's name beside it; and choosing one means that ours is not wanted.
for (const field of document.querySelectorAll("input[type=color]"))
  field.addEventListener("input", () => {
    const name = field.parentElement.querySelector("span.num");
    if (name) name.textContent = field.value;
    for (const box of field.form.querySelectorAll("[name=ours], [name=plain]")) box.checked = false;
  });

// The team table: what is chosen is saved at once, and Ctrl with an arrow goes from cell to cell.
document.addEventListener("change", ({ target }) => {
  if (target.dataset.cell !== undefined) target.form.requestSubmit();
});
document.querySelector("#team-table")?.addEventListener("keydown", (e) => {
  const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
  if (!way || !(e.ctrlKey || e.metaKey) || e.target.dataset.cell === undefined) return;
  const rows = [...document.querySelectorAll("#team-table tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]);
  const at = rows.findIndex((cells) => cells.includes(e.target));
  rows[at + way[0]]?.[rows[at].indexOf(e.target) + way[1]]?.focus();
  e.preventDefault();
});

// A blank is put where one writes.
document.addEventListener("click", ({ target }) => {
  const blank = target.closest("[data-blank]");
  if (!blank) return;
  const field = blank.form.elements.text, rich = blank.form.querySelector("trix-editor");
  if (rich) { rich.editor.insertString(blank.dataset.blank); rich.focus(); return; }
  field.setRangeText(blank.dataset.blank, field.selectionStart, field.selectionEnd, "end");
  field.focus();
});

// Fields that only one choice needs are shown with it.
for (const part of document.querySelectorAll("[data-when]")) {
  const [name, value] = part.dataset.when.split("="), form = part.closest("form");
  const look = () => { part.hidden = new FormData(form).get(name) !== value; };
  form.addEventListener("change", look);
  look();
}
