/** Group commit without threads: what one group does to its members, and what it costs. */
import { join } from "node:path";
import type { Fence, RunId } from "@holdfast/core";
import { expect, onTestFinished, test } from "vitest";
import { openConnection, readPragma } from "./connection.js";
import { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { GroupWriter } from "./group-writer.js";
import { migrate } from "./migrate.js";
import type { ClaimRow } from "./sql/take-leases.js";
import { type StoreTime, systemTime } from "./store-time.js";
import { op } from "./testing/group-writer.js";
import { newRun, TEST_HOLDER, testFolder } from "./testing/processes.js";

function openWriter(durability: "full" | "normal" = "full", time: StoreTime = systemTime(undefined, "boot")) {
  const file = join(testFolder(), "runs.db");
  const db = openConnection(file, "writer", "FULL");
  onTestFinished(() => db.close());
  migrate(db, file);
  const ctx = new SqlContext(db, time, () => "nonce-of-the-test", file);
  const options = { busyTimeoutMs: 0, durability, pause: () => {}, random: Math.random };
  return { db, writer: new GroupWriter(ctx, { ...options, identity: new FileIdentity(ctx.location) }) };
}

const create = (id: string, sizeBytes = 1) =>
  op(
    "createRun",
    newRun(id, { inputJson: JSON.stringify("x".repeat(sizeBytes)), claim: { holder: TEST_HOLDER, leaseMs: 1 } }),
  );

const fenceOf = (created: unknown): Fence => {
  const { token, nonce } = (created as { claim: ClaimRow }).claim;
  return { runId: "run-1" as RunId, token, nonce };
};

const kindsOf = (results: readonly unknown[]) =>
  results.map((result) => (result as { kind?: string } | undefined)?.kind);

test("in a group, only what does not fit on the disk fails; the rest is written", () => {
  const { db, writer } = openWriter();
  writer.execute([create("first")]);
  db.exec(`PRAGMA max_page_count = ${Number(readPragma(db, "page_count")) + 4}`);
  const { results, errors } = writer.execute([create("a"), create("big", 1_000_000), create("b")]);
  expect(kindsOf(results)).toEqual(["created", undefined, "created"]);
  expect(errors?.map(([place, error]) => [place, error.code])).toEqual([[1, "STORE_FULL"]]);
  db.exec("PRAGMA max_page_count = 1000000");
  expect(writer.execute([create("big", 1_000_000)]).errors).toBeNull();
  const ids = db.prepare("SELECT run_id FROM run ORDER BY run_k").all() as { run_id: string }[];
  expect(ids.map((row) => row.run_id)).toEqual(["first", "a", "b", "big"]);
});

test("a group with a strict write waits for the disk, a group of soft ones does not", () => {
  const FULL = 2;
  const NORMAL = 1;
  const { db, writer } = openWriter();
  const { results } = writer.execute([create("run-1")]);
  const fence = fenceOf(results[0]);
  expect(readPragma(db, "synchronous")).toBe(FULL);
  const soft = op("setProgress", fence, { items: null, label: "label" });
  writer.execute([soft, soft]);
  expect(readPragma(db, "synchronous")).toBe(NORMAL);
  writer.execute([soft, create("run-2"), soft]);
  expect(readPragma(db, "synchronous")).toBe(FULL);
  const normal = openWriter("normal");
  normal.writer.execute([create("run-1")]);
  expect(readPragma(normal.db, "synchronous")).toBe(NORMAL);
});

test("a group is one commit", () => {
  const { writer } = openWriter();
  writer.execute(Array.from({ length: 100 }, (_, i) => create(`run-${i}`)));
  expect(writer.commitCount).toBe(1);
});

test("a group that must be done again is answered as if it had been done one by one", () => {
  const { db, writer } = openWriter();
  const fence = fenceOf(writer.execute([create("run-1")]).results[0]);
  const start = (stage: string) => op("startAttempt", fence, { stage, attempt: 1, inputsHash: null });
  const output = { kind: "inline", json: "1" } as const;
  const finish = (stage: string) =>
    op("finishAttempt", fence, { stage, attempt: 1, status: "completed", output, ms: 0 });
  writer.execute([start("a"), finish("a")]);
  const { results, errors } = writer.execute([start("b"), start("a"), finish("b"), finish("a"), start("c")]);
  expect(errors).toBeNull();
  expect(results).toEqual([null, { kind: "duplicate" }, null, { kind: "duplicate" }, null]);
  const seqs = db.prepare("SELECT seq FROM event WHERE run_k = 1 ORDER BY id").all() as { seq: number }[];
  expect(seqs.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("a sign of life is in the run's row, whether or not its operation goes by what the writer remembers", () => {
  let nowMs = 1_000;
  const { db, writer } = openWriter("full", { bootId: "boot", wallMs: () => nowMs, monotonicMs: () => nowMs });
  const fence = fenceOf(writer.execute([create("run-1")]).results[0]);
  for (const one of [
    op("setProgress", fence, { items: null, label: "label" }),
    op("acquireResources", fence, ["printer"]),
    op("startAttempt", fence, { stage: "a", attempt: 1, inputsHash: null }),
  ]) {
    nowMs += 1_000;
    expect(writer.execute([one]).errors).toBeNull();
    expect(db.prepare("SELECT beat_at FROM run_live").get()).toEqual({ beat_at: nowMs });
  }
});
