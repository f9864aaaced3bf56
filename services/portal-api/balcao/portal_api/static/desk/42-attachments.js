// Attachments of a form with data-attach: picked, dropped or pasted, uploaded at once with progress. What is kept travels as
// a receipt; without script the form's own file field does it.
const item = document.getElementById("attached-item");
const pending = new Map();

const inWords = (size) => {
  const [unit, value] = size < 1e3 ? ["byte", size] : size < 1e6 ? ["kilobyte", size / 1e3] : ["megabyte", size / 1e6];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
};
const listOf = (form) => form.querySelector("[data-attached]");
const changed = (form) => form.dispatchEvent(new Event("input", { bubbles: true }));

/** Upload a file and attach it; an image that was brought in while writing appears in the text. */
balcao.attach = (form, file, area) => {
  const row = item.content.cloneNode(true).firstElementChild;
  row.querySelector("[data-name]").textContent = file.name;
  row.querySelector("[data-size]").textContent = inWords(file.size);
  listOf(form).append(row);
  changed(form);
  upload(form, row, file, area);
};

/** Attach again what was uploaded before: `kept` as `balcao.attachedTo` names it. */
balcao.attachAgain = (form, kept) => {
  const row = item.content.cloneNode(true).firstElementChild;
  row.querySelector("[data-name]").textContent = kept.name;
  row.querySelector("[data-size]").textContent = kept.size;
  row.append(Object.assign(document.createElement("input"), { type: "hidden", name: "receipt", value: kept.receipt }));
  Object.assign(row.dataset, { receipt: kept.receipt, ...(kept.contentId ? { contentId: kept.contentId, mediaType: kept.mediaType } : {}) });
  row.classList.toggle("inline", Boolean(kept.contentId));
  listOf(form).append(row);
};
/** What is attached and up. */
balcao.attachedTo = (form) => [...listOf(form).querySelectorAll("[data-receipt]")].map((row) => ({
  receipt: row.dataset.receipt, contentId: row.dataset.contentId, mediaType: row.dataset.mediaType,
  name: row.querySelector("[data-name]").textContent, size: row.querySelector(".num").textContent,
}));

/** Resolves when nothing is on its way up any more. */
balcao.uploaded = async (form) => { await Promise.all([...(pending.get(form) ?? [])]); };

function wrong(row, words) {
  const retry = row.querySelector("[data-retry]");
  row.querySelector("[data-wrong]").textContent = words;
  row.querySelector("progress").hidden = true;
  row.classList.add("failed");
  retry.hidden = words === item.dataset.tooLarge || words === item.dataset.empty;
}

function upload(form, row, file, area) {
  if (file.size > Number(item.dataset.most)) return wrong(row, item.dataset.tooLarge);
  if (!file.size) return wrong(row, item.dataset.empty);
  const request = new XMLHttpRequest();
  const progress = row.querySelector("progress");
  row.classList.remove("failed");
  row.querySelector("[data-wrong]").textContent = "";
  row.querySelector("[data-retry]").hidden = true;
  progress.hidden = false;
  progress.value = 0;
  const going = new Promise((done) => {
    request.upload.onprogress = (e) => { if (e.lengthComputable) progress.value = (100 * e.loaded) / e.total; };
    request.onloadend = () => { arrived(form, row, request, area); done(); };
  });
  const all = pending.get(form) ?? pending.set(form, new Set()).get(form);
  all.add(going);
  going.then(() => all.delete(going));
  row.abort = () => request.abort();
  row.again = () => upload(form, row, file, area);
  request.open("POST", `/api/v1/files?name=${encodeURIComponent(file.name || "file")}`);
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.setRequestHeader("X-CSRF-Token", balcao.csrf());
  request.send(file);
}

function arrived(form, row, request, area) {
  if (!row.isConnected) return;
  row.querySelector("progress").hidden = true;
  if (request.status !== 201) return wrong(row, request.status === 413 ? item.dataset.tooLarge : item.dataset.failed);
  const kept = JSON.parse(request.responseText);
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "receipt", value: kept.receipt });
  row.append(field);
  row.dataset.receipt = kept.receipt;
  if (kept.content_id && area) {
    // The same picture twice is one file.
    listOf(form).querySelector(`[data-content-id="${CSS.escape(kept.content_id)}"]`)?.remove();
    row.dataset.contentId = kept.content_id;
    row.dataset.mediaType = kept.media_type;
    row.classList.add("inline");
    balcao.rich.image(area, kept);
  }
  changed(form);
}

document.addEventListener("click", (e) => {
  const row = e.target.closest("[data-attached] > .att");
  if (!row) return;
  if (e.target.closest("[data-retry]")) row.again();
  if (!e.target.closest("[data-remove]")) return;
  const form = row.closest("form");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.abort?.();
  row.remove();
  (next?.querySelector("[data-remove]") ?? form.querySelector("input[type=file]"))?.focus();
  changed(form);
});

document.addEventListener("change", (e) => {
  const form = e.target.closest?.("form[data-attach]");
  if (!form || e.target.type !== "file" || !item) return;
  for (const file of e.target.files) balcao.attach(form, file);
  e.target.value = "";
  const says = e.target.dataset.chosen && document.getElementById(e.target.dataset.chosen);
  if (says) says.hidden = true;
});

// Dropping anywhere on the form; the editor hands over what is dropped on its text by itself.
const target = (e) => (e.dataTransfer?.types.includes("Files") ? e.target.closest?.("form[data-attach]") : null);
document.addEventListener("dragover", (e) => {
  const form = target(e);
  for (const other of document.querySelectorAll("form.dropping")) other.classList.toggle("dropping", other === form);
  if (!form) return;
  form.classList.add("dropping");
  form.classList.remove("quiet");
  if (!e.target.closest("trix-editor")) e.preventDefault();
});
document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) for (const one of document.querySelectorAll("form.dropping")) one.classList.remove("dropping"); });
document.addEventListener("drop", (e) => {
  const form = target(e);
  for (const one of document.querySelectorAll("form.dropping")) one.classList.remove("dropping");
  if (!form || e.target.closest("trix-editor")) return;
  e.preventDefault();
  for (const file of e.dataTransfer.files) balcao.attach(form, file, balcao.rich.isImage(file.type) ? form.querySelector("textarea[data-rich]") : null);
});
// Pasting into the textarea, before there is an editor.
document.addEventListener("paste", (e) => {
  const area = e.target.closest?.("form[data-attach] textarea[data-rich]");
  if (!area || !e.clipboardData.files.length) return;
  e.preventDefault();
  for (const file of e.clipboardData.files) balcao.attach(area.form, file, balcao.rich.isImage(file.type) ? area : null);
});

// A form is sent when all is up. The composer waits by itself.
document.addEventListener("submit", async (e) => {
  if (e.target.id === "writing" || !pending.get(e.target)?.size) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  balcao.say(item.dataset.waiting);
  const { target: form, submitter } = e;
  await balcao.uploaded(form);
  form.requestSubmit(submitter);
}, true);
