// Ctrl+Enter sends the form one is writing in.
document.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.form) {
    const button = [...e.target.form.querySelectorAll("button[type=submit], button:not([type])")].find((b) => b.offsetParent);
    e.target.form.requestSubmit(button);
  }
});

// A form is sent once; one that a script sends in the page's place is that script's matter.
document.addEventListener("submit", (e) => {
  if (e.defaultPrevented) return;
  if (e.target.dataset.sent) { e.preventDefault(); return; }
  e.target.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// What is half-written is not lost by leaving.
addEventListener("beforeunload", (e) => {
  for (const area of document.querySelectorAll("textarea"))
    if (area.value !== area.defaultValue && !area.form.dataset.sent) { e.preventDefault(); return; }
});

// Says what was chosen beside the paper clip.
document.addEventListener("change", (e) => {
  const says = e.target.dataset.chosen && document.getElementById(e.target.dataset.chosen);
  if (!says) return;
  says.textContent = [...e.target.files].map((f) => f.name).join(", ");
  says.hidden = !e.target.files.length;
});
