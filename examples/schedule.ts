/**
 * A nightly report by a schedule: no cron, no second process. Any number of these may run; each night has one report, also
 * if they are killed in the middle of it. Until it is stopped it works; with an argument it writes one report at once.
 *
 *   npx jiti examples/schedule.ts            # works until Ctrl-C
 *   npx jiti examples/schedule.ts now        # writes one report now, and says when the next ones come
 */
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const report = defineWorkflow({
  name: "report",
  input: z.object({ region: z.string() }),
  schedules: [
    {
      ...{ name: "nightly-report", cron: "30 2 * * *", timezone: "Europe/Oslo", input: { region: "north" } },
      // A report that takes longer than a day is followed by the next; after a night without power the last one is made up for.
      ...{ overlap: "queue", catchUp: "last", jitterMs: 60_000 },
    },
  ],
  stages: ["count", "write"],
  async run({ input, stage }) {
    const sold = await stage("count", () => ({ [input.region]: 42 }));
    return stage("write", () => `sold in ${input.region}: ${sold[input.region]}`);
  },
});

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
await using holdfast = await openHoldfast({ workflows: [report] });
const worker = await holdfast.startWorker({ signal: stop.signal });
if (process.argv[2] === "now") {
  const { runId } = await holdfast.schedules.trigger("nightly-report", { reason: "asked for" });
  console.log(await (await holdfast.handle(runId ?? "")).result());
  const { words, timezone, next } = await holdfast.schedules.get("nightly-report");
  console.log(`then ${words} in ${timezone}, next at ${new Date(next[0] ?? 0).toISOString()}`);
  stop.abort();
}
await worker.done;
