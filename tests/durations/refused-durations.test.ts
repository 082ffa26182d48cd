/** An invalid duration is refused where it enters, by the option's name: no timer ever receives it. */

import { DURATION_MAX_MS } from "@holdfast/core";
import { createModel, ModelConfigError } from "@holdfast/models";
import { managementBody } from "@holdfast/protocol";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { defineWorkflow, type Holdfast, openHoldfast, type StageOptions } from "holdfast";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const TOO_LONG = DURATION_MAX_MS + 1;
/** None of these is a time from 0 to ten years. */
const BAD = [-1, Number.NaN, Number.POSITIVE_INFINITY, TOO_LONG, "5000", null] as unknown as number[];

const asked: Record<string, StageOptions & { batch?: { ms: number } }> = {};
const input = z.object({ name: z.string() });
const stages = defineWorkflow({
  name: "stages",
  input,
  run: ({ input: { name }, stage }) => stage("s", asked[name] ?? {}, () => "done"),
});
const maps = defineWorkflow({
  name: "maps",
  input,
  run: async ({ input: { name }, map }) => {
    await map("m", ["a"], { key: (item) => item, ...asked[name] }, () => "done");
  },
});

let holdfast: Holdfast;
beforeAll(async () => {
  holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [stages, maps] });
});
afterAll(() => holdfast.close());

async function failureOf(workflow: typeof stages | typeof maps, options: object): Promise<string> {
  const name = String(Object.keys(asked).length);
  asked[name] = options;
  const { handle, done } = await holdfast.startHere(workflow as typeof stages, { name });
  await done;
  return (await handle.status()).error?.message ?? "none";
}

describe.each([
  ["Stage s", stages],
  ["Map m", maps],
] as const)("%s refuses", (what, workflow) => {
  test.each(["timeoutMs", "backoff.initialMs", "backoff.maxMs"])("an invalid %s", async (name) => {
    for (const bad of BAD) {
      const [outer = "", inner] = name.split(".");
      const message = await failureOf(workflow, { [outer]: inner === undefined ? bad : { [inner]: bad } });
      const given = typeof bad === "string" ? `"${bad}"` : String(bad);
      expect(message).toContain(`${what}, ${name}: a number of milliseconds from 0 to ${DURATION_MAX_MS} (10 years)`);
      expect(message).toContain(`${given} was given`);
    }
  });

  test("a shrinking backoff and a NaN number of attempts; an infinite number is accepted", async () => {
    expect(await failureOf(workflow, { backoff: { factor: 0.5 } })).toContain("backoff.factor: a number from 1");
    expect(await failureOf(workflow, { attempts: Number.NaN })).toContain("attempts: a whole number from 1");
    expect(await failureOf(workflow, { attempts: Number.POSITIVE_INFINITY })).toBe("none");
  });
});

test("a map refuses invalid times of its batches and its rate", async () => {
  for (const ms of BAD) {
    expect(await failureOf(maps, { batch: { ms } })).toContain("Map m, batch.ms:");
    expect(await failureOf(maps, { rate: { calls: 1, perMs: ms } })).toContain("Map m, rate.perMs:");
    expect(await failureOf(maps, { rate: { calls: ms, perMs: 1 } })).toContain("Map m, rate.calls:");
  }
});

test.each(["leaseMs", "heartbeatMs", "stopGraceMs", "maxBlockedMs", "pollMs", "scanMs"])(
  "a worker refuses an invalid %s",
  async (option) => {
    for (const bad of BAD) {
      if (bad === null) continue; // the same as left out
      const opening = openHoldfast({ url: "sqlite::memory:", workflows: [], leaseMs: 60_000, [option]: bad });
      await expect(opening).rejects.toMatchObject({ code: "WORKER_OPTIONS_INVALID", details: { option } });
    }
  },
);

test.each(["stallAfterMs", "idleTimeoutMs", "idleCheckMs", "startTimeoutMs"])(
  "a policy refuses an invalid %s",
  (field) => {
    for (const bad of BAD) {
      if (bad === null && field !== "stallAfterMs" && field !== "idleCheckMs") continue; // never
      const define = () => defineWorkflow({ name: "w", input, recovery: { [field]: bad }, run: () => "x" });
      expect(define).toThrow(`recovery: ${field}:`);
    }
  },
);

test("management, the store and the client of models refuse them too", async () => {
  for (const bad of BAD) {
    if (bad === null) continue;
    await expect(holdfast.management.stats({ windowMs: bad })).rejects.toThrow("windowMs:");
    await expect(holdfast.management.cleanup({ olderThanDays: bad })).rejects.toThrow("olderThanDays:");
    await expect(holdfast.management.checkTimeouts({ idleTimeoutMs: bad })).rejects.toThrow("idleTimeoutMs:");
    await expect(openSqliteStore({ file: ":memory:", busyTimeoutMs: bad })).rejects.toThrow("busyTimeoutMs:");
    const retention = { days: bad };
    await expect(openHoldfast({ url: "sqlite::memory:", workflows: [], retention })).rejects.toThrow("retention.days:");
    const model = () =>
      createModel({ provider: "openai-compatible", name: "m", baseUrl: "http://x/v1", timeoutMs: bad });
    expect(model).toThrow(ModelConfigError);
  }
});

test("HTTP refuses them too", () => {
  for (const idleTimeoutMs of BAD) {
    expect(managementBody.safeParse({ action: "checkTimeouts", idleTimeoutMs }).success).toBe(false);
  }
  expect(managementBody.safeParse({ action: "cleanup", olderThanDays: 3_651 }).success).toBe(false);
});
