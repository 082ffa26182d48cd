/** Calls that stand side by side in a group, carried out as one lot: the same rows and answers as one after the other. */
import { join } from "node:path";
import { type Fence, peek, type RunId, type RunReport } from "@holdfast/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openConnection } from "./connection.js";
import { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { GroupWriter, type Op } from "./group-writer.js";
import { migrate } from "./migrate.js";
import { parseRunRows } from "./sql/run-row.js";
import type { ClaimRow, ClaimRows } from "./sql/take-leases.js";
import { op } from "./testing/group-writer.js";
import { newRun, TEST_HOLDER, testFolder } from "./testing/processes.js";

interface Held {
  readonly fence: Fence;
}

/** One operation, once the claims before its group are known. */
type Move = (held: readonly Held[]) => Op;

const terms = { holder: TEST_HOLDER, leaseMs: 1_000, codes: { north: "code-1" } };
const create = fc
  .record({
    id: fc.constantFrom("a", "A", "b", "B", "c", "d", "e", "f", "g", "h"),
    workflow: fc.constantFrom("north", "south"),
    owner: fc.constantFrom(null, "ann"),
    key: fc.constantFrom(null, null, "k1", "k2"),
    isClaimed: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    isAudited: fc.boolean(),
    input: fc.constantFrom({ country: "NO" }, { country: ["SE", "DK"] }, {}),
  })
  .map(({ id, workflow, owner, key, isClaimed, isAudited, input }): Move => {
    const audit = { actor: { id: "ann", via: "http", requestId: null }, action: "start", reason: null } as const;
    const run = newRun(id, {
      ...{ workflow, owner, inputJson: JSON.stringify(input), givenJson: "{}" },
      ...{ idempotencyKey: key, idempotencyHash: key, claim: isClaimed ? terms : null },
      ...(isAudited ? { audit } : {}),
    });
    return () => op("createRun", run);
  });
const claim = fc
  .record({ limit: fc.integer({ min: 0, max: 5 }), workflows: fc.constantFrom(["north"], ["south", "north"]) })
  .map(
    ({ limit, workflows }): Move =>
      () =>
        op("claim", { ...terms, workflows, limit }),
  );

const ofHeld = fc.record({
  which: fc.integer({ min: 0, max: 3 }),
  status: fc.constantFrom(
    "completed",
    "completed",
    "failed",
    "paused",
    "queued",
    "cancelled",
    "continued",
  ) as fc.Arbitrary<RunReport["status"]>,
  stale: fc.constantFrom("no", "no", "no", "token", "nonce"),
  stage: fc.constantFrom("one", "two"),
});
const NOBODY: Held = { fence: { runId: "nobody" as RunId, token: 1, nonce: "x" } };
const heldAt = (held: readonly Held[], which: number) => held[which % Math.max(held.length, 1)] ?? NOBODY;
const REPORTS = {
  completed: { status: "completed", output: { kind: "inline", json: '{"x":1}' }, stageCount: 2 },
  failed: { status: "failed", error: { name: "Error", message: "no" }, reason: null },
  paused: { status: "paused", reason: "by hand", wakeInMs: null },
  queued: { status: "queued", reason: null, wakeInMs: 0 },
  cancelled: { status: "cancelled", reason: null },
  waiting: { status: "waiting", reason: "sleep nap" },
  continued: { status: "continued", input: { inputJson: "{}", givenJson: "{}" } },
} as const satisfies { readonly [S in RunReport["status"]]: RunReport };
const report = ofHeld.map(({ which, status, stale }): Move => {
  return (held) => {
    const { runId, token, nonce } = heldAt(held, which).fence;
    const fence = { runId, token: stale === "token" ? token - 1 : token, nonce: stale === "nonce" ? "other" : nonce };
    return op("report", fence, REPORTS[status]);
  };
});
const start = ofHeld.map(
  ({ which, stage }): Move =>
    (held) =>
      op("startAttempt", heldAt(held, which).fence, { stage, attempt: 1, inputsHash: null }),
);
const steer = fc
  .record({ id: fc.constantFrom("a", "b", "c", "d"), wish: fc.constantFrom(...(["pause", "cancel", "fail"] as const)) })
  .map(
    ({ id, wish }): Move =>
      () =>
        op("steer", { runId: id as RunId, wish, reason: "asked", by: "ann" }),
  );

/** Mostly several of a kind in a row, as they come. */
const several = (move: fc.Arbitrary<Move>) => fc.array(move, { minLength: 1, maxLength: 20 });
const group = fc
  .array(
    fc.oneof(
      several(create),
      several(claim),
      several(report),
      fc.array(start, { maxLength: 4 }),
      steer.map((one) => [one]),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.flat());

function openStore() {
  const file = join(testFolder(), "runs.db");
  const db = openConnection(file, "writer", "FULL");
  migrate(db, file);
  let nonces = 0;
  const time = { bootId: "boot", wallMs: () => 1_767_225_600_000, monotonicMs: () => 5_000 };
  const ctx = new SqlContext(db, time, () => `nonce-${++nonces}`, file);
  const options = { busyTimeoutMs: 0, durability: "normal", pause: () => {}, random: Math.random } as const;
  const writer = new GroupWriter(ctx, { ...options, identity: new FileIdentity(file) });
  writer.execute([op("declareSearch", "north", ["country"], 1_000)]);
  return { db, writer };
}

type Db = ReturnType<typeof openStore>["db"];
function dump(db: Db) {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'erase_salt'").all() as {
    name: string;
  }[];
  return tables.map(({ name }) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]);
}

function claimsOf(results: readonly unknown[]): Held[] {
  return results.flatMap((result) => {
    if (isClaims(result)) {
      return [...parseRunRows(result.runs).values()].map(({ run_id, run_k }) => {
        const place = result.runKs.indexOf(run_k);
        return heldOf(run_id, result.tokens[place] as number, result.nonces[place] as string);
      });
    }
    const { claim = null } = (result ?? {}) as { claim?: ClaimRow | null };
    return claim === null ? [] : [heldOf((JSON.parse(claim.run) as string[])[1] as string, claim.token, claim.nonce)];
  });
}

const isClaims = (result: unknown): result is ClaimRows => peek(result, "runKs") !== undefined;
const heldOf = (runId: string, token: number, nonce: string): Held => ({
  fence: { runId: runId as RunId, token, nonce },
});

test("groups of creates, claims, reports, starts and wishes leave the rows that single operations leave", () => {
  fc.assert(
    fc.property(fc.array(group, { minLength: 2, maxLength: 6 }), (groups) => {
      const together = openStore();
      const alone = openStore();
      const held: Held[] = [];
      for (const moves of groups) {
        const ops = moves.map((move) => move(held));
        const { results, errors } = together.writer.execute(ops);
        const singly = ops.map((one) => alone.writer.execute([one]));
        const failed = singly.flatMap((one, place) => (one.errors === null ? [] : [place]));
        expect(errors?.map(([place]) => place) ?? []).toEqual(failed);
        // A group with a failure is done again one by one, and draws its nonces anew: nothing to compare.
        if (failed.length > 0) return;
        expect(results).toEqual(singly.map((one) => one.results[0]));
        held.unshift(...claimsOf(results));
      }
      expect(dump(together.db)).toEqual(dump(alone.db));
      together.db.close();
      alone.db.close();
    }),
    { seed: 7, numRuns: 40 },
  );
});
