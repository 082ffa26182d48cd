/**
 * Two Holdfasts of one process over the same file, for example a web application's and its worker's: each is notified
 * of the other's changes.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHoldfast } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { defineWorkflow, openHoldfast } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

const workflow = defineWorkflow({
  name: "told",
  input: z.object({}),
  run: ({ stage }) => stage("only", () => "done"),
});

let dataDir = "";
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "holdfast-told-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test("a worker that polls once an hour claims at once a run that another Holdfast of its process starts", async () => {
  await using asking = await openHoldfast({ dataDir, workflows: [workflow] });
  const store = await openSqliteStore({ file: join(dataDir, "holdfast.db") });
  await using working = createHoldfast({ store, dataDir, workflows: [workflow], pollMs: 3_600_000 });
  const stop = new AbortController();
  const worked = working.work({ signal: stop.signal, supervise: false });
  for (let i = 0; i < 3; i++) expect(await (await asking.start(workflow, {})).result()).toBe("done");
  stop.abort();
  await worked;
});
