// Rich text over a plain textarea: <textarea data-rich name="text"> gets an editor at its first focus, and its form sends
// `html` beside `text` as soon as there is more than plain words. Without script the textarea is all there is.
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const parts = document.getElementById("editor-bar");
let loading;

const load = () => (loading ??= new Promise((done, failed) => {
  const script = document.createElement("script");
  script.src = parts.dataset.script;
  script.onload = done;
  script.onerror = () => { loading = undefined; failed(new Error("no editor")); };
  document.head.append(script);
}));

const editorOf = (area) => area.nextElementSibling?.matches("trix-editor") ? area.nextElementSibling : null;
const uploadAddress = (receipt) => `/api/v1/uploads?receipt=${encodeURIComponent(receipt)}`;

function figure(file) {
  const made = document.createElement("figure");
  made.setAttribute("data-trix-attachment", JSON.stringify(file));
  return made;
}

// HTML as it is kept and sent names images by `cid:`; on screen they need an address.
function forScreen(area, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const image of parsed.querySelectorAll("img")) {
    const id = (image.getAttribute("src") || "").replace(/^cid:/, "");
    const file = area.form.querySelector(`[data-attached] [data-content-id="${CSS.escape(id)}"]`);
    if (!file) { image.remove(); continue; }
    const filename = image.alt || file.querySelector("[data-name]").textContent;
    image.replaceWith(figure({
      contentType: file.dataset.mediaType, filename, alt: filename,
      url: uploadAddress(file.dataset.receipt), contentId: id,
    }));
  }
  return parsed.body.innerHTML;
}

function forSending(raw) {
  const parsed = new DOMParser().parseFromString(raw, "text/html");
  for (const one of parsed.querySelectorAll("figure[data-trix-attachment]")) {
    const { contentId, filename } = JSON.parse(one.getAttribute("data-trix-attachment"));
    if (!contentId) { one.remove(); continue; }
    const image = document.createElement("img");
    image.setAttribute("src", `cid:${contentId}`);
    image.setAttribute("alt", filename || "");
    one.replaceWith(image);
  }
  for (const comment of parsed.body.querySelectorAll("*")) comment.removeAttribute("data-trix-attributes");
  // Words with nothing but line breaks are plain words.
  return parsed.body.querySelector(":not(div, br)") ? parsed.body.innerHTML : "";
}

function keepInStep(area, editor) {
  area.value = editor.editor.getDocument().toString().replaceAll("\uFFFC", "").replace(/\n$/, "");
  editor.htmlField.value = forSending(editor.value);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function asHtml(text) {
  const box = document.createElement("div");
  box.textContent = text;
  return `<div>${box.innerHTML.replaceAll("\r\n", "\n").replaceAll("\n", "<br>")}</div>`;
}
function show(area, editor, { text, html }) {
  editor.editor.loadHTML(html ? forScreen(area, html) : text ? asHtml(text) : "");
}

function upgrade(area) {
  if (editorOf(area)) return editorOf(area);
  const id = `${area.id || "rich"}-editor`;
  const raw = Object.assign(document.createElement("input"), { type: "hidden", id: `${id}-raw` });
  const htmlField = Object.assign(document.createElement("input"), { type: "hidden", name: "html", value: area.dataset.html || "" });
  const bar = parts.content.cloneNode(true).firstElementChild;
  bar.id = `${id}-bar`;
  const editor = document.createElement("trix-editor");
  editor.id = id;
  for (const [name, value] of Object.entries({
    input: raw.id, toolbar: bar.id, "aria-label": area.getAttribute("aria-label") || area.labels?.[0]?.textContent.trim() || "",
    "aria-multiline": "true", placeholder: area.placeholder, class: "rich",
  })) editor.setAttribute(name, value);
  (area.form.querySelector("[data-tools]") ?? area.parentElement.insertBefore(document.createElement("div"), area)).append(bar);
  area.after(editor);
  area.after(htmlField);
  area.after(editor);
  editor.before(raw);
  area.after(editor);
  editor.htmlField = htmlField;
  editor.hidden = true;
  return new Promise((done) => {
    editor.addEventListener("trix-initialize", () => {
      // What is typed until this moment is the field's: nothing of it is lost, and the caret stays where it was.
      const had = document.activeElement === area, at = area.selectionStart, begun = area.value;
      editor.hidden = false;
      area.hidden = true;
      area.removeAttribute("aria-label");
      area.required = false;
      show(area, editor, { text: begun, html: area.dataset.html && begun === area.defaultValue ? area.dataset.html : "" });
      editor.addEventListener("trix-change", () => keepInStep(area, editor));
      rove(bar, editor);
      if (had) editor.focus();
      // Focus alone would put the caret before what was typed.
      editor.editor.setSelectedRange(Math.min(at, editor.editor.getDocument().toString().length - 1));
      done(editor);
    }, { once: true });
  });
}

// One stop of Tab for all tools; arrows lead from one to the next.
function rove(bar, editor) {
  const tools = [...bar.querySelectorAll(".tool")];
  tools.forEach((one, n) => { one.tabIndex = n ? -1 : 0; });
  bar.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const n = tools.indexOf(document.activeElement);
    if (!step || n < 0) return;
    e.preventDefault();
    tools[n].tabIndex = -1;
    const next = tools[(n + step + tools.length) % tools.length];
    next.tabIndex = 0;
    next.focus();
  });
  const press = () => { for (const one of tools) one.setAttribute("aria-pressed", String(one.classList.contains("trix-active"))); };
  editor.addEventListener("trix-selection-change", press);
  editor.addEventListener("trix-attributes-change", press);
  editor.addEventListener("trix-change", press);
}

document.addEventListener("focusin", (e) => {
  if (!parts || !e.target.matches?.("textarea[data-rich]")) return;
  let composing = false;
  e.target.addEventListener("compositionstart", () => { composing = true; });
  load().then(() => {
    const go = () => upgrade(e.target);
    if (composing) e.target.addEventListener("compositionend", () => setTimeout(go), { once: true });
    else go();
  }, () => {});
});

// Files go up by our own way, with progress; images then appear where one writes, all others beside.
document.addEventListener("trix-file-accept", (e) => {
  e.preventDefault();
  const area = e.target.parentElement.querySelector("textarea[data-rich]");
  if (e.file && area.form.matches("[data-attach]")) balcao.attach(area.form, e.file, area);
});
// Pictures that pages bring along point to other hosts: the words come in, they don't.
document.addEventListener("trix-before-paste", ({ paste }) => {
  if (!paste.html) return;
  const parsed = new DOMParser().parseFromString(paste.html, "text/html");
  for (const one of parsed.querySelectorAll("img, picture, video, style, link, script")) one.remove();
  paste.html = parsed.body.innerHTML;
});
document.addEventListener("trix-attachment-remove", (e) => {
  const { contentId } = e.attachment.getAttributes();
  const form = e.target.closest("form");
  const file = contentId && form?.querySelector(`[data-attached] [data-content-id="${CSS.escape(contentId)}"]`);
  if (file && !e.target.value.includes(contentId)) file.remove();
});

balcao.rich = {
  isImage: (type) => IMAGES.includes(type),
  focus: async (area) => {
    if (!parts || !area.hasAttribute("data-rich")) return area.focus();
    const ready = editorOf(area);
    if (ready) return ready.focus();
    area.focus();
  },
  set: async (area, { text, html }) => {
    const editor = editorOf(area) ?? (html && parts ? await load().then(() => upgrade(area), () => null) : null);
    if (editor) return show(area, editor, { text, html });
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  },
  /** Put words in where one writes. */
  insert: async (area, { text, html }) => {
    const editor = editorOf(area) ?? (html && parts ? await load().then(() => upgrade(area), () => null) : null);
    if (editor) return html ? editor.editor.insertHTML(forScreen(area, html)) : editor.editor.insertString(text);
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  },
  /** Put words behind what stands there, which keeps its looks. */
  append: async (area, text) => {
    const editor = editorOf(area) ?? (area.dataset.html && parts ? await load().then(() => upgrade(area), () => null) : null);
    if (!editor) { area.value += text; return void area.dispatchEvent(new Event("input", { bubbles: true })); }
    editor.editor.setSelectedRange(editor.editor.getDocument().toString().length - 1);
    editor.editor.insertString(text);
  },
  /** Show an image that was uploaded where one writes. */
  image: async (area, file) => {
    const editor = editorOf(area) ?? (await load().then(() => upgrade(area)));
    editor.editor.insertAttachment(new Trix.Attachment({
      contentType: file.media_type, filename: file.name, alt: file.name, url: uploadAddress(file.receipt), contentId: file.content_id,
    }));
  },
};
