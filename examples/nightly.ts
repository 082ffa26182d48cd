/**
 * A nightly pipeline: every record of tonight's export goes through an unreliable service, and a report is ready in the
 * morning. Start it from cron. If it is killed or started again, it continues the night's run. Tomorrow's file, under
 * another name or the same, is the next version of the same records.
 *
 *   npx jiti examples/nightly.ts records.csv 2026-11-29 http://127.0.0.1:8080/score
 */
import { defineWorkflow, fetchJson, openHoldfast } from "holdfast";
import { z } from "zod";

const record = z.object({ id: z.string(), text: z.string() });
const scored = z.object({ score: z.number() });

const nightly = defineWorkflow({
  name: "nightly",
  input: z.object({ file: z.string(), url: z.url() }),
  stages: ["read", "score", "report"],
  async run({ input, stage, map }) {
    const records = await stage("read", ({ dataset }) =>
      dataset.ingest("records", input.file, { key: "id", schema: record }),
    );
    // A 503 or a lost connection is retried; an outage pauses the run instead of failing its items.
    const scores = await map("score", records, { concurrency: 8, maxFailed: 10 }, (row, { signal, idempotencyKey }) =>
      fetchJson(input.url, { method: "POST", body: JSON.stringify(row), schema: scored, idempotencyKey, signal }),
    );
    return stage("report", { inputs: { scores } }, () => ({ records: scores.total, scored: scores.ok }));
  },
});

const [file = "records.csv", night = new Date().toISOString().slice(0, 10), url = ""] = process.argv.slice(2);
await using holdfast = await openHoldfast({ workflows: [nightly] });
const end = await holdfast.run(nightly, { file, url }, { idempotencyKey: night });
console.log(end.runId, end.status, JSON.stringify(end.status === "completed" ? end.output : end.reason));
process.exitCode = end.exitCode;
