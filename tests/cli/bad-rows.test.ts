/** A run that failed because of an unusable row continues without such rows, with the same flag that `start` has. */
import { fileURLToPath } from "node:url";
import type { Plan } from "holdfast";
import { expect, test } from "vitest";
import { makeProject } from "./harness.js";

const env = { HOLDFAST_CONFIG: fileURLToPath(new URL("./fixture/rows.config.ts", import.meta.url)) };

test("resume --on-bad-row=skip leaves out the rows that made the run fail", async () => {
  const project = await makeProject();
  const file = await project.write("rows.csv", "id,n\na,1\nb,many\nc,3\n");
  const failed = await project.run(["start", "rows", `--file=${file}`, "--run-id=r"], { env });
  expect([failed.code, failed.stdout]).toEqual([2, expect.stringContaining("Run r failed")]);
  const plan = await project.run(["resume", "r", "--on-bad-row=skip", "--plan", "--json"], { env });
  // A failure loses nothing: under the changed input it is tried again, and needs no acceptance.
  expect(JSON.parse(plan.stdout) as Plan).toMatchObject({ refusal: null, redoes: ["ingest"], unknown: ["sum"] });
  const resumed = await project.run(["resume", "r", "--on-bad-row=skip", "--json"], { env });
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ status: "completed", output: 2, input: { onBadRow: "skip" } });
  const back = await project.run(["resume", "r", "--on-bad-row=other"], { env });
  expect([back.code, back.stderr]).toEqual([2, expect.stringContaining("fail, skip")]);
});
