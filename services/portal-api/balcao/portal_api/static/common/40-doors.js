// Show what is typed into a password's field, and say when Caps Lock is on.
for (const eye of document.querySelectorAll(".eye")) {
  const field = document.getElementById(eye.getAttribute("aria-controls"));
  const hide = () => { field.type = "password"; eye.setAttribute("aria-pressed", "false"); };
  eye.hidden = false;
  eye.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    eye.setAttribute("aria-pressed", String(!shown));
    field.focus();
  });
  // Browsers offer to keep a password only where it is one.
  field.form.addEventListener("submit", hide);
}

for (const said of document.querySelectorAll(".caps")) {
  const field = said.closest(".secret").querySelector("input");
  const look = (e) => { said.textContent = e.getModifierState?.("CapsLock") ? said.dataset.words : ""; };
  field.addEventListener("keydown", look);
  field.addEventListener("keyup", look);
  field.addEventListener("blur", () => { said.textContent = ""; });
}
