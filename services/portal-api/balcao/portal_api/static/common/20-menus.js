// An open menu closes with Escape or a click elsewhere, and gives focus back.
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  const open = document.activeElement.closest("details.pop[open]") || document.querySelector("details.pop[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
document.addEventListener("click", (e) => {
  for (const open of document.querySelectorAll("details.pop[open]")) if (!open.contains(e.target)) open.open = false;
});
