/** Prints what the first page of each front end loads, compressed, and fails above the budget. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const APPS = [
  { name: "ems-web", base: "/", budgetKb: 250 },
  { name: "ems-admin", base: "/admin/", budgetKb: 600 },
];

function gzipKb(file) {
  return gzipSync(readFileSync(file)).length / 1024;
}

/** Scripts and sheets that index.html names: entry, its static imports and the styles. */
function initialFiles(dist, base) {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const links = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? "");
  return [...new Set(links)].map((link) => join(dist, link.slice(base.length)));
}

let isOver = false;
for (const { name, base, budgetKb } of APPS) {
  const dist = join(ROOT, name, "dist");
  let total = 0;
  for (const file of initialFiles(dist, base)) {
    const size = gzipKb(file);
    total += size;
    console.log(`${name}  ${file.slice(dist.length + 1).padEnd(44)} ${size.toFixed(1).padStart(8)} KB gzip`);
  }
  const isFine = total <= budgetKb;
  isOver ||= !isFine;
  console.log(
    `${name}  initial ${total.toFixed(1)} KB gzip, budget ${budgetKb} KB: ${isFine ? "met" : "EXCEEDED"}\n`,
  );
}
process.exit(isOver ? 1 : 0);
