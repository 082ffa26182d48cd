/**
 * W3: 42,000 no-op items in one run, each result recorded, full durability; beside it the raw rate of the same rows
 * (intent and result) at 100 items a commit. Then 2,000,000 items, for the memory.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { medians, perSecond, printTable, ratio, scratch, whole } from "./measure.mjs";
import { itemRows } from "./raw.mjs";

const child = join(import.meta.dirname, "map-child.mjs");
const mebibytes = (bytes) => `${Math.round(bytes / 1024 / 1024)} MiB`;

export function runMap(folder, items, mode, ...url) {
  return JSON.parse(execFileSync(process.execPath, [child, folder, String(items), mode, ...url], { encoding: "utf8" }));
}

function once(items, mode = "plain") {
  const { folder, remove } = scratch("w3");
  const { status, done, ms, againMs, rssBytes } = runMap(folder, items, mode);
  remove();
  if (status !== "completed" || done !== items) throw new Error(`${status} with ${done} of ${items}`);
  return { rate: perSecond(items, ms), again: againMs === null ? 0 : perSecond(items, againMs), rssBytes };
}

export async function w3({ times = 3, items = 42_000, manyItems = 2_000_000 } = {}) {
  const figures = await medians(times, async () => ({ raw: itemRows(100), ...once(items, "twice") }));
  const many = manyItems > 0 ? once(manyItems) : null;
  printTable(`W3 on SQLite: one map, full durability, medians of ${times}`, [
    ["", "items per second", "of raw", "largest resident set"],
    ["raw: intent and result, 100 items a commit", whole(figures.raw), "1.00x", ""],
    [`${whole(items)} items`, whole(figures.rate), ratio(figures.rate, figures.raw), mebibytes(figures.rssBytes)],
    [
      "the same again, in the same process",
      whole(figures.again),
      ratio(figures.again, figures.raw),
      mebibytes(figures.rssBytes),
    ],
    ...(many === null
      ? []
      : [
          [
            `${whole(manyItems)} items (one run)`,
            whole(many.rate),
            ratio(many.rate, figures.raw),
            mebibytes(many.rssBytes),
          ],
        ]),
  ]);
  return { ...figures, many };
}
if (import.meta.filename === process.argv[1]) await w3();
