/** One round of retention: runs over their age, datasets that no run needs, old audit entries; it ends early when told to. */
import { WrongUseError } from "@holdfast/core";
import { expect, test } from "vitest";
import type { Engine } from "../opened/engine.js";
import { checkRetention, retain } from "./retention.js";

const DAY_MS = 86_400_000;
const NOW_MS = 1_000 * DAY_MS;

function world({ trims = [0] }: { trims?: readonly number[] } = {}) {
  const asked: Record<string, unknown>[] = [];
  const left = [...trims];
  const note = (what: string, given: object) => void asked.push({ what, ...given });
  const store = {
    listFinished: async (terms: object) => {
      note("runs", terms);
      return {
        rows: ["a", "b"].map((runId) => ({ runId, workflow: "w", status: "failed", finishedAt: 1 })),
        next: null,
      };
    },
    removeFinished: async ({ runId }: { runId: string }, audit: object) => {
      note("remove", { runId, audit });
      // Opened again meanwhile.
      return runId === "a";
    },
    listDatasets: async () => [
      { name: "old", version: 1, contentSha256: "x", ingestedAt: NOW_MS - 8 * DAY_MS },
      { name: "new", version: 1, contentSha256: "y", ingestedAt: NOW_MS - 6 * DAY_MS },
    ],
    listDatasetUsers: async () => [],
    removeDataset: async (given: object) => {
      note("dataset", given);
      return { kind: "removed", versions: [] };
    },
    trimAudit: async (olderThanMs: number, rows: number) => {
      note("audit", { olderThanMs, rows });
      return left.shift() ?? 0;
    },
  };
  const artifacts = { sizeOfRun: async () => 5, deleteRun: async () => {} };
  const hints = { notify: () => {} };
  const engine = { deps: { store, artifacts, hints, clock: { nowMs: () => NOW_MS } } } as unknown as Engine;
  const of = (what: string) => asked.filter((one) => one.what === what).map(({ what: _, ...rest }) => rest);
  return { engine, of };
}

const going = () => new AbortController().signal;

test("removes what is over the policy's age, in the supervisor's name and with the policy as the reason", async () => {
  const { engine, of } = world({ trims: [1_000, 3, 0] });
  const policy = { days: 7, statuses: ["failed"], keepLast: 2, auditDays: 30 } as const;
  expect(await retain(engine, policy, "super-1", going())).toEqual({ count: 1, freedBytes: 5 });
  expect(of("runs")).toMatchObject([{ olderThanMs: 7 * DAY_MS, statuses: ["failed"], keepLast: 2 }]);
  const actor = { id: "super-1", via: "supervisor", requestId: null };
  const audit = { actor, action: "cleanup", reason: "retention of 7 days" };
  // What was refused is asked for once more: what needed it may have gone meanwhile.
  expect(of("remove")).toEqual(["a", "b", "b"].map((runId) => ({ runId, audit })));
  expect(of("dataset")).toEqual([{ name: "old", version: 1, isUnusedOnly: true, audit }]);
  // Until nothing is left.
  expect(of("audit")).toEqual(Array(3).fill({ olderThanMs: 30 * DAY_MS, rows: 1_000 }));
});

test("the audit log is kept for a year where the policy says nothing", async () => {
  const { engine, of } = world();
  await retain(engine, { days: 1 }, "super-1", going());
  expect(of("audit")).toEqual([{ olderThanMs: 365 * DAY_MS, rows: 1_000 }]);
  expect(of("remove")[0]).toMatchObject({ audit: { reason: "retention of 1 day" } });
});

test("stops where it is when told to: nothing is removed after that", async () => {
  const { engine, of } = world({ trims: Array(5).fill(1_000) });
  expect(await retain(engine, { days: 7 }, "super-1", AbortSignal.abort())).toEqual({ count: 0, freedBytes: 0 });
  expect([of("remove"), of("dataset"), of("audit")]).toEqual([[], [], []]);
  // Between two slices of the audit log.
  const abort = new AbortController();
  const cut = world({ trims: Array(5).fill(1_000) });
  const { trimAudit } = cut.engine.deps.store;
  cut.engine.deps.store.trimAudit = (...given) => {
    abort.abort();
    return trimAudit(...given);
  };
  await retain(cut.engine, { days: 7 }, "super-1", abort.signal);
  expect(cut.of("audit")).toHaveLength(1);
});

test("a policy that cannot be meant is refused with the field", () => {
  expect(() => checkRetention({ days: -1 })).toThrow(WrongUseError);
  expect(() => checkRetention({ days: -1 })).toThrow(/days/);
  const policy = { days: 7 };
  expect(checkRetention(policy)).toBe(policy);
});
