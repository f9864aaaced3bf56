// Copies what the pages use out of node_modules into the gateway's `vendor` folder, and draws its icons into one file.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = process.argv[2] ?? join(here, "../balcao/portal_api/vendor");

const files = {
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "trix.js": "trix/dist/trix.umd.min.js",
  "trix.css": "trix/dist/trix.css",
  "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
};

function symbol([name, drawn]) {
  const svg = readFileSync(join(modules, "@tabler/icons/icons/outline", `${drawn}.svg`), "utf8");
  const shapes = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>"));
  const shown = shapes.replace(/<path stroke="none"[^>]*\/>/, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${shown}</symbol>`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [name, path] of Object.entries(files)) copyFileSync(join(modules, path), join(vendor, name));
const brand = '<symbol id="brand" viewBox="0 0 24 24"><path d="M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-5l-4 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z"/><path d="M8 9.2h8M8 12.2h5"/></symbol>';
const names = JSON.parse(readFileSync(join(here, "icons.json"), "utf8"));
const symbols = [brand, ...Object.entries(names).map(symbol)].join("\n");
writeFileSync(join(vendor, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols}\n</svg>\n`);
