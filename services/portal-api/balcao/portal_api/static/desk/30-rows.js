// The list by keyboard: j and k move real focus, Enter opens because it is a link.
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || balcao.inField(e.target)) return;
  const links = [...document.querySelectorAll("[data-row-link]")];
  if ((e.key === "j" || e.key === "k") && links.length) {
    const at = links.indexOf(document.activeElement);
    const next = e.key === "j" ? Math.min(at + 1, links.length - 1) : Math.max(at - 1, 0);
    links[next].focus();
    e.preventDefault();
  }
});
