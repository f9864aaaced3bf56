// What all our scripts share. Pages work without any of them: they are comforts.
window.balcao = {
  /** Whether keys typed here are text: a box that is ticked takes none. */
  inField: (el) => Boolean(el.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, trix-editor, [contenteditable]")),
  /** The token that a request which changes something carries; none on pages without a session. */
  csrf: () => document.body.dataset.csrf || "",
  /** A sentence of ours in the reader's language: pages bring those that scripts need as data-say-… of <body>. */
  words: (name) => document.body.dataset[name] || "",
  /** Tell people who don't see it, politely. */
  say: (words) => {
    const region = document.getElementById("said");
    if (region) region.textContent = words;
  },
};
