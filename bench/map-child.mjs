/**
 * The process of W3 and W4: one run whose map has `items` no-op items, over SQLite or the url that is given. `resume` goes on with it,
 * `twice` does the same in a second run. Prints one JSON line:
 * when the process began, when the first new item was called, when it ended, and its largest resident set.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const [folder, items, mode] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const url = process.argv[5] ?? `sqlite:${join(folder, "map.db")}`;
let firstItemAt = null;
let calls = 0;
const job = defineWorkflow({
  name: "map",
  input: z.object({ items: z.number() }),
  async run({ input, map }) {
    const from = function* (position) {
      for (let i = position; i < input.items; i++) yield { key: `item-${String(i).padStart(8, "0")}`, i };
    };
    return map("items", { from }, { key: "key", concurrency: 128 }, (item) => {
      firstItemAt ??= performance.timeOrigin + performance.now();
      calls++;
      if (mode !== "plain" && calls % 1_000 === 0) appendFileSync(join(folder, "calls"), `${item.i}\n`);
      return item.i;
    });
  },
});

const holdfast = await openHoldfast({
  url,
  dataDir: folder,
  workflows: [job],
  stageFiles: false,
});
const begun = performance.now();
const run =
  mode === "resume" ? await holdfast.resumeHere("bench") : await holdfast.startHere(job, { items }, { runId: "bench" });
await run.done;
const ms = performance.now() - begun;
const state = await run.handle.status();
// The same once more, in a process whose threads run and whose code is compiled.
let againMs = null;
if (mode === "twice") {
  const since = performance.now();
  await (await holdfast.startHere(job, { items }, { runId: "again" })).done;
  againMs = performance.now() - since;
}
console.log(
  JSON.stringify({
    status: state.status,
    done: state.progress.done,
    calls,
    ms,
    againMs,
    firstItemMs: firstItemAt === null ? null : firstItemAt - performance.timeOrigin,
    rssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
await holdfast.close();
