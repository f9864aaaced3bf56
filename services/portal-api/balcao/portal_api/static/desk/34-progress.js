// What goes on in the background and says data-poll is asked about every second, until it stops saying so.
setInterval(() => {
  if (document.hidden) return;
  for (const one of document.querySelectorAll("[data-poll]"))
    htmx.ajax("GET", one.dataset.poll, { source: one, target: one, swap: "outerMorph" });
}, 1_000);
