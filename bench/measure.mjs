/** What every measurement shares: a scratch folder on the disk that is measured, repeats, medians, and the table. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A fresh folder beside the repository's build, so that the disk measured is the disk worked on. */
export function scratch(name) {
  const root = join(import.meta.dirname, ".scratch");
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, `${name}-`));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which `share` of them lie: 0.99 for the 99th percentile. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** Run `once` `times` times, one after the other; every figure it answers with becomes its median. */
export async function medians(times, once) {
  const runs = [];
  for (let i = 0; i < times; i++) runs.push(await once());
  const names = Object.keys(runs[0]);
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name]))]));
}

export const perSecond = (count, ms) => (count * 1_000) / ms;
export const seconds = (since) => performance.now() - since;
export const whole = (value) => Math.round(value).toLocaleString("en-US");
export const ratio = (ours, limit) => `${(ours / limit).toFixed(2)}x`;

export function printTable(title, rows) {
  console.log(`\n${title}`);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const [place, row] of rows.entries()) {
    console.log(`  ${row.map((cell, column) => String(cell).padEnd(widths[column])).join("  ")}`.trimEnd());
    if (place === 0) console.log(`  ${widths.map((width) => "-".repeat(width)).join("  ")}`);
  }
}
