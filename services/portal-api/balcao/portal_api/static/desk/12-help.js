// Ways around by keyboard, and `?`: what keys there are on this page.
const going = { "g i": "/desk", "g h": "/desk/today", "g m": "/desk/tickets?analyst=me", "g t": "/desk/tickets?stage=triage", "g a": "/desk/tasks", "g b": "/desk/board", c: "/desk/tickets/new" };
const help = document.getElementById("keys");

for (const [key, path] of Object.entries(going)) {
  // Where the rail doesn't lead, a key doesn't either: what one may do is decided there.
  const link = [...document.querySelectorAll(".rail a.n, a[data-key]")].find((a) => a.getAttribute("href").endsWith(path));
  if (link) balcao.keys.on(key, () => link.click(), link.querySelector(".clip")?.textContent ?? link.textContent.trim());
}

if (help) {
  const show = () => {
    const rows = balcao.keys.listed().map(([key, words]) => {
      const row = document.createElement("div"), name = document.createElement("dt"), means = document.createElement("dd");
      for (const part of key.split(" ")) name.append(Object.assign(document.createElement("kbd"), { textContent: part }));
      means.textContent = words;
      row.append(name, means);
      return row;
    });
    help.querySelector("dl").replaceChildren(...rows);
    help.showModal();
  };
  balcao.keys.on("?", show, help.dataset.words);
  for (const opener of document.querySelectorAll("[data-opens-keys]")) {
    opener.hidden = false;
    opener.addEventListener("click", show);
  }
}
