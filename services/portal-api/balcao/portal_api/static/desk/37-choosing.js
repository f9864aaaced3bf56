// Typing below a choice chooses it.
document.addEventListener("input", (e) => {
  const choice = e.target.closest(".where .option")?.querySelector("input[type=radio]");
  if (choice && e.target !== choice) choice.checked = true;
});
// What went wrong is looked at first.
document.querySelector(".alert[data-focus]")?.focus();
