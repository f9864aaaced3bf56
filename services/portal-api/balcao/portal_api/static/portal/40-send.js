// A form is sent from where one is: with progress, and where the network fails with every word and file still there.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (!form.matches("form[data-send]") || e.defaultPrevented) return;
  e.preventDefault();
  send(form, new FormData(form, e.submitter));
});

function send(form, content) {
  const request = new XMLHttpRequest();
  const isHeavy = [...content.values()].some((one) => one instanceof File && one.size > 0);
  told(form, "");
  request.open("POST", form.action);
  request.upload.addEventListener("progress", ({ loaded, total }) => { if (isHeavy) progress(form, loaded / total); });
  request.addEventListener("load", () => (arrivedAt(form, request)));
  request.addEventListener("error", () => refused(form, `${balcao.words("sayLost")}. ${balcao.words("sayLostHow")}`));
  request.addEventListener("timeout", () => refused(form, `${balcao.words("sayLost")}.`));
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  request.send(content);
}

function arrivedAt(form, request) {
  const there = new URL(request.responseURL, location.href);
  if (there.pathname.endsWith("/sign-in")) {
    refused(form, `${balcao.words("sayEnded")} ${balcao.words("sayLost")}.`, `${there.pathname}?next=${encodeURIComponent(location.pathname)}`);
  } else if (request.status >= 400) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const words = page.querySelector(".alert span, main p")?.textContent.trim();
    // The form that was refused has a new name for its next try.
    const once = page.querySelector(`form[action="${CSS.escape(form.getAttribute("action"))}"] [name=once]`);
    if (once && form.elements.once) form.elements.once.value = once.value;
    refused(form, words || balcao.words("sayRefused"));
  } else {
    balcao.drafts.forget(form);
    for (const field of form.querySelectorAll("textarea")) field.defaultValue = field.value;
    leaveFor(there);
  }
}

function leaveFor(there) {
  const isHere = there.pathname === location.pathname;
  // The answer's address loses its last part on the way: an answer stands at the end.
  if (isHere) there.hash = "last";
  if (isHere && there.search === location.search) { location.hash = "last"; location.reload(); } else location.assign(there);
}

function refused(form, words, signIn) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  progress(form, 0);
  told(form, words, signIn);
}

function told(form, words, signIn) {
  let alert = form.querySelector(".alert");
  if (!words) { alert?.remove(); return; }
  alert ??= Object.assign(document.createElement("div"), { className: "alert" });
  alert.setAttribute("role", "alert");
  const text = Object.assign(document.createElement("span"), { textContent: `${words} ` });
  if (signIn) text.append(Object.assign(document.createElement("a"), { href: signIn, textContent: balcao.words("sayEnded") }));
  alert.replaceChildren(text);
  const hidden = [...form.children].findLast((one) => one.type === "hidden");
  hidden ? hidden.after(alert) : form.prepend(alert);
  alert.scrollIntoView({ block: "nearest" });
}

function progress(form, part) {
  const shown = form.querySelector(".sending");
  if (!shown) return;
  shown.hidden = part === 0;
  const percent = Math.round(part * 100);
  shown.querySelector("progress").value = percent;
  shown.querySelector("span").textContent = `${balcao.words("saySending")} ${percent} %`;
}
