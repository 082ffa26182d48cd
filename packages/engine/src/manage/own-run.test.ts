/** A run in the foreground is judged for idleness by its own process; where others would queue it again, it is paused. */
import { RECOVERY_DEFAULTS, type RunRecord, StoreBusyError } from "@holdfast/core";
import { expect, test } from "vitest";
import { ManualClock } from "../base/manual-clock.fixture.js";
import type { Engine } from "../opened/engine.js";
import { superviseOwnRun } from "./own-run.js";

const CHECK_MS = 1_000;

function world({ policy = {}, facts = {} }: { policy?: object; facts?: object } = {}) {
  const clock = new ManualClock();
  const recovered: Record<string, unknown>[] = [];
  let looks = 0;
  let trouble: Error | null = null;
  const store = {
    getRunningFacts: async () => {
      looks++;
      if (trouble !== null) throw trouble;
      return {
        lease: { runId: "r", workflow: "brief", holder: "me", holderIdentity: { name: "me" }, token: 2 },
        policy: { ...RECOVERY_DEFAULTS, idleTimeoutMs: 5_000, idleCheckMs: CHECK_MS, ...policy },
        deaths: 0,
        facts: {
          ...{ status: "running", isLeaseExpired: false, idleForMs: 5_000, recoveries: 0, retries: 0 },
          ...{ wasAlone: true, hasRecord: true, hasProgressed: true, wish: null },
          ...facts,
        },
      };
    },
    listNeverStarted: async () => {
      throw new Error("a scan for idleness asks for nothing else");
    },
    recover: async (request: object, decision: object) => {
      recovered.push({ ...request, ...decision });
      return true;
    },
  };
  const engine = {
    deps: {
      ...{ store, clock, holder: { name: "me" }, isProvenDead: () => false },
      ...{ late: { isHandingBack: () => false }, hints: { notify: () => {}, notifyAnyFreed: () => {} } },
    },
    recoveryDefaults: {},
  } as unknown as Engine;
  const abort = new AbortController();
  const run = {
    id: "r",
    policy: { ...RECOVERY_DEFAULTS, idleTimeoutMs: 5_000, idleCheckMs: CHECK_MS, ...policy },
  } as unknown as RunRecord;
  const supervising = superviseOwnRun(engine, run, abort.signal);
  return {
    ...{ clock, recovered, abort, supervising },
    looks: () => looks,
    fail: (error: Error | null) => {
      trouble = error;
    },
  };
}

test("each idleCheckMs; an idle run that a supervisor would queue again is paused, uses nothing up, under this process's name", async () => {
  const { clock, recovered, looks, abort, supervising } = world();
  await clock.advance(CHECK_MS - 1);
  expect(looks()).toBe(0);
  await clock.advance(1);
  expect(recovered).toMatchObject([
    { runId: "r", token: 2, about: "idle", idleForMs: 5_000, by: "me", action: "pause", uses: "nothing" },
  ]);
  expect(recovered[0]?.audit).toMatchObject({ actor: { id: "me", via: "supervisor" }, action: "recover" });
  await clock.advance(2 * CHECK_MS);
  expect(looks()).toBe(3);
  abort.abort();
  await supervising;
  expect(clock.timerCount).toBe(0);
});

test("any other decision stays as it is, and a run that makes progress is left alone", async () => {
  const failing = world({ facts: { hasProgressed: false } });
  await failing.clock.advance(CHECK_MS);
  expect(failing.recovered).toMatchObject([{ action: "fail" }]);
  const wished = world({ facts: { wish: "cancel" } });
  await wished.clock.advance(CHECK_MS);
  expect(wished.recovered).toMatchObject([{ action: "cancel" }]);
  const well = world({ facts: { idleForMs: 4_999 } });
  await well.clock.advance(CHECK_MS);
  expect([well.looks(), well.recovered]).toEqual([1, []]);
});

test("trouble of the store is made up for by the next look; any other error ends it", async () => {
  const { clock, recovered, fail, supervising } = world();
  fail(new StoreBusyError({ location: "x", waitedMs: 1 } as never));
  await clock.advance(CHECK_MS);
  fail(null);
  await clock.advance(CHECK_MS);
  expect(recovered).toHaveLength(1);
  const failed = expect(supervising).rejects.toThrow("a mistake");
  fail(new Error("a mistake"));
  await clock.advance(CHECK_MS);
  await failed;
});

test("nothing is judged where idleness has no limit", async () => {
  const { clock, looks, supervising } = world({ policy: { idleTimeoutMs: null } });
  await supervising;
  await clock.advance(10 * CHECK_MS);
  expect([looks(), clock.timerCount]).toEqual([0, 0]);
});
