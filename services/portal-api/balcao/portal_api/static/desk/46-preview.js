// The sheet before sending: the mail in its frame, and no sending before what is marked was decided.
balcao.letter = (where) => {
  const sheet = where.querySelector("#sheet");
  const frame = sheet?.querySelector("iframe.letter");
  if (frame) {
    frame.addEventListener("load", () => {
      const page = frame.contentDocument;
      if (!page?.body || page.URL === "about:blank") return;
      frame.hidden = false;
      sheet.querySelector(".letter.plain").hidden = true;
      frame.style.height = `${Math.min(page.documentElement.scrollHeight + 2, 2_000)}px`;
    });
    // Its words stand in this form: the frame is where the answer goes.
    const fetchLetter = () => {
      const action = sheet.getAttribute("action");
      sheet.setAttribute("action", sheet.dataset.letter);
      sheet.target = frame.name;
      HTMLFormElement.prototype.submit.call(sheet);
      sheet.setAttribute("action", action);
      sheet.removeAttribute("target");
    };
    fetchLetter();
    sheet.addEventListener("change", ({ target }) => {
      if (target.name !== "letter_to") return;
      sheet.querySelector("dd[data-subject]").textContent = target.dataset.subject;
      sheet.querySelector(".letter.plain").textContent = target.dataset.text;
      fetchLetter();
    });
  }
  const decide = () => {
    const open = [...sheet.querySelectorAll("[data-decides]")].some((one) => !one.checked);
    for (const button of sheet.querySelectorAll("[data-send]")) button.disabled = open;
    sheet.querySelector("[data-undecided]").hidden = !open;
    const decided = sheet.querySelector("[data-decided]");
    if (decided) decided.hidden = open;
  };
  sheet?.addEventListener("change", decide);
  if (sheet) decide();
};
if (document.querySelector(".sheet-page")) balcao.letter(document.querySelector(".sheet-page"));
