/** Misspelt options of the library are refused by name before anything is done: ignored, they would do something else. */
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { createHoldfast } from "holdfast/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const brief = defineWorkflow({
  name: "brief",
  input: z.object({}),
  stages: ["a"],
  run: ({ stage }) => stage("a", () => 1),
});

let holdfast: Holdfast;
beforeAll(async () => {
  holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [brief], stageFiles: false });
  await holdfast.start(brief, {}, { runId: "r" });
});
afterAll(() => holdfast.close());

const W = { name: "w", input: z.object({}), run: () => 1 };

type Call = (given: never) => unknown;
const handle = () => holdfast.handle("r");
const CASES: readonly (readonly [call: string, misspelt: object, meant: string, call: Call])[] = [
  ["openHoldfast", { workflow: [] }, "workflows", (given) => openHoldfast({ workflows: [], ...(given as object) })],
  ["openHoldfast", { dataDirectory: "x", workflows: [] }, "", (given) => openHoldfast(given)],
  ["createHoldfast", { leaseMS: 1 }, "leaseMs", async (given) => createHoldfast(given)],
  ["start", { runID: "x" }, "runId", (given) => holdfast.start(brief, {}, given)],
  ["startHere", { trough: "a" }, "through", (given) => holdfast.startHere(brief, {}, given)],
  ["run", { onpaused: "return" }, "onPaused", (given) => holdfast.run(brief, {}, given)],
  ["plan", { onlly: "errors" }, "only", (given) => holdfast.plan("r", given)],
  ["resume", { expects: "x" }, "expect", (given) => holdfast.resume("r", given)],
  ["resumeHere", { acept: "redo" }, "accept", (given) => holdfast.resumeHere("r", given)],
  ["work", { untilidle: true }, "untilIdle", (given) => holdfast.work(given)],
  ["startWorker", { untilidle: true }, "untilIdle", (given) => holdfast.startWorker(given)],
  ["work, isolate", { modul: "x" }, "module", (given) => holdfast.work({ isolate: given })],
  ["handle.result", { signall: null }, "signal", async (given) => (await handle()).result(given)],
  ["handle.pause", { reasons: "x" }, "reason", async (given) => (await handle()).pause(given)],
  ["handle.cancel", { reasons: "x" }, "reason", async (given) => (await handle()).cancel(given)],
  [
    "handle.progress",
    { signale: null },
    "signal",
    async (given) => (await handle()).progress(given)[Symbol.asyncIterator]().next(),
  ],
  [
    "handle.events",
    { folow: true },
    "follow",
    async (given) => (await handle()).events(given)[Symbol.asyncIterator]().next(),
  ],
  ["runs.list", { state: "queued" }, "status", (given) => holdfast.runs.list(given)],
  ["runs.delete", { evenIfForkd: true }, "evenIfForked", (given) => holdfast.runs.delete("r", given)],
  ["runs.pause", { because: "x" }, "", (given) => holdfast.runs.pause("r", given)],
  ["runs.cancel", { ifRevision: "x" }, "", (given) => holdfast.runs.cancel("r", given)],
  ["runs.fail", { reason: "x", expected: "x" }, "expect", (given) => holdfast.runs.fail("r", given)],
  ["runs.restart", { sets: {} }, "set", (given) => holdfast.runs.restart("r", given)],
  ["runs.fork", { form: "a" }, "from", (given) => holdfast.runs.fork("r", given)],
  ["runs.stats", { windowMS: 1 }, "windowMs", (given) => holdfast.runs.stats(given)],
  ["runs.resetRecoveries", { reson: "x" }, "reason", (given) => holdfast.runs.resetRecoveries("r", given)],
  ["Workflow w", { stage: ["a"], ...W }, "stages", (given) => defineWorkflow(given)],
  ["management.stats", { ower: "x" }, "owner", (given) => holdfast.management.stats(given)],
  ["management.health", { limits: 1 }, "limit", (given) => holdfast.management.health(given)],
  ["management.recover", { checkonly: true }, "checkOnly", (given) => holdfast.management.recover(given)],
  ["management.checkTimeouts", { runId: "r" }, "", (given) => holdfast.management.checkTimeouts(given)],
  ["management.cleanup", { olderThanDay: 1 }, "olderThanDays", (given) => holdfast.management.cleanup(given)],
  ["management.audit", { acter: "x" }, "actor", (given) => holdfast.management.audit(given)],
];

describe("a misspelt option", () => {
  test.each(CASES)("of %s, %j, is refused; did you mean %s?", async (call, misspelt, meant, make) => {
    const name = Object.keys(misspelt).find((key) => !["workflows", "reason", "name", "input", "run"].includes(key));
    const hint = meant === "" ? "" : `; did you mean ${meant}?`;
    await expect((async () => make(misspelt as never))()).rejects.toMatchObject({
      code: "WRONG_USE",
      details: { problem: `${call}, ${name}: there is no such option${hint}.` },
    });
    const { rows } = await holdfast.runs.list();
    expect(rows.map(({ id, status }) => [id, status])).toEqual([["r", "queued"]]);
  });

  test("is told with every other one, and what is left out or undefined is none", async () => {
    const given = { checkonly: true, planid: "x", reason: undefined, nothing: undefined };
    await expect(holdfast.management.recover(given as never)).rejects.toThrow(
      /checkonly: there is no such option; did you mean checkOnly\?; planid: .* did you mean planId\?/,
    );
    expect((await holdfast.management.recover({ reason: undefined, checkOnly: true })).isCheckOnly).toBe(true);
  });

  test.each([[[]], [null], [7], [true]])("%j in the place of options is refused", async (given) => {
    await expect(holdfast.management.recover(given as never)).rejects.toThrow("an object with its options is expected");
  });
});
