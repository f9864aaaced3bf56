// Single keys on or off, kept in this browser (WCAG 2.1.4): the choice shows only where scripts run, as the keys do.
const choice = document.getElementById("keys-choice");
if (choice) {
  const box = document.getElementById("single-keys");
  box.checked = !balcao.keys.off();
  choice.hidden = false;
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem("balcao.keys");
    else localStorage.setItem("balcao.keys", "off");
  });
}
