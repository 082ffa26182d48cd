import type { Fence, RunId } from "@holdfast/core";
import { expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "./driver.js";
import { RECENT_SQL } from "./migrations/0004-recent.js";
import { MIGRATIONS } from "./migrations/index.js";
import { RECENT_MAX } from "./sql/recent.js";
import type { ClaimRow } from "./sql/take-leases.js";
import { op, openGroupWriter } from "./testing/group-writer.js";
import { newRun, TEST_HOLDER } from "./testing/processes.js";
import type { ArgsOf, OperationName } from "./writes.js";

function openWriter() {
  const { file, db, writer } = openGroupWriter();
  const act = <N extends OperationName>(name: N, ...args: ArgsOf<N>) => {
    const { results, errors } = writer.execute([op(name, ...args)]);
    expect(errors).toBeNull();
    return results[0];
  };
  return { file, db, writer, act };
}

function startRun(act: ReturnType<typeof openWriter>["act"]): Fence {
  const created = act("createRun", newRun("run-1", { claim: { holder: TEST_HOLDER, leaseMs: 1 } }));
  const { claim } = created as { claim: ClaimRow };
  return { runId: "run-1" as RunId, token: claim.token, nonce: claim.nonce };
}

const startOf = (stage: string, attempt = 1) => ({ stage, attempt, inputsHash: null });
const finishOf = (stage: string, json = "1", attempt = 1) =>
  ({ stage, attempt, status: "completed", output: { kind: "inline", json }, ms: 7 }) as const;

const countOf = (db: Database, table: string) =>
  (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
const seenIn = (db: Database) => ({
  attempts: db.prepare("SELECT * FROM attempt ORDER BY run_k, start_seq").all(),
  events: db.prepare("SELECT * FROM event ORDER BY id").all(),
});

test("what is recent reads as what is in its place", () => {
  const { db, writer, act } = openWriter();
  const fence = startRun(act);
  for (const stage of ["b", "a", "open"]) act("startAttempt", fence, startOf(stage));
  for (const stage of ["a", "b"]) act("finishAttempt", fence, finishOf(stage));
  expect(countOf(db, "attempt_row")).toBe(0);
  const before = seenIn(db);
  expect(before.events).toMatchObject([
    ...[{ seq: 1 }, { seq: 2 }],
    { seq: 3, stage: "b", body: '{"attempt":1}' },
    { seq: 4, stage: "a" },
    { seq: 5, stage: "open" },
    { seq: 6, stage: "a", body: '{"attempt":1,"ms":7}' },
    { seq: 7, stage: "b" },
  ]);
  writer.moveEnded(true);
  expect(countOf(db, "attempt_row")).toBe(2);
  expect(db.prepare("SELECT stage FROM recent_attempt").all()).toEqual([{ stage: "open" }]);
  expect(seenIn(db)).toEqual(before);
});

test("an attempt in its place starts no second time, and its outcome stands", () => {
  const { writer, act } = openWriter();
  const fence = startRun(act);
  act("startAttempt", fence, startOf("a"));
  act("finishAttempt", fence, finishOf("a"));
  writer.moveEnded(true);
  expect(act("startAttempt", fence, startOf("a"))).toEqual({ kind: "duplicate" });
  expect(act("finishAttempt", fence, finishOf("a", "2"))).toEqual({ kind: "duplicate" });
  act("startAttempt", fence, startOf("a", 2));
  expect(act("finishAttempt", fence, finishOf("a", "2", 2))).toEqual({ kind: "duplicate" });
});

test("attempts are moved when there are enough of them, when their text is long, and when their lease ends", () => {
  const { db, writer, act } = openWriter();
  const fence = startRun(act);
  for (let i = 0; i < RECENT_MAX; i++) {
    writer.moveEnded();
    expect(countOf(db, "attempt_row")).toBe(0);
    act("startAttempt", fence, startOf(`stage-${i}`));
    act("finishAttempt", fence, finishOf(`stage-${i}`));
  }
  writer.moveEnded();
  expect(countOf(db, "attempt_row")).toBe(RECENT_MAX);
  act("startAttempt", fence, startOf("long"));
  act("finishAttempt", fence, finishOf("long", JSON.stringify("x".repeat(10_000))));
  expect(countOf(db, "recent_attempt")).toBe(0);
  act("startAttempt", fence, startOf("ended"));
  act("finishAttempt", fence, finishOf("ended"));
  act("startAttempt", fence, startOf("open"));
  act("report", fence, { status: "paused", reason: null, wakeInMs: null });
  expect(countOf(db, "recent_attempt")).toBe(0);
  const status = db.prepare("SELECT status FROM attempt_row WHERE stage = ?");
  expect([status.get("ended"), status.get("open")]).toEqual([{ status: "completed" }, { status: "interrupted" }]);
});

test("while another process writes nothing is moved, and nothing is lost", () => {
  const { file, db, writer, act } = openWriter();
  const fence = startRun(act);
  act("startAttempt", fence, startOf("a"));
  act("finishAttempt", fence, finishOf("a"));
  const before = seenIn(db);
  const other = openDatabase(file);
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  writer.moveEnded(true);
  expect(countOf(db, "recent_attempt")).toBe(1);
  other.exec("ROLLBACK");
  writer.moveEnded(true);
  expect(countOf(db, "recent_attempt")).toBe(0);
  expect(seenIn(db)).toEqual(before);
});

test("a file of an earlier version keeps what was under way in it, and its events", () => {
  const db = openDatabase(":memory:");
  onTestFinished(() => db.close());
  for (const step of MIGRATIONS.slice(0, MIGRATIONS.indexOf(RECENT_SQL))) db.exec(step);
  db.exec(`
    INSERT INTO attempt (run_k, stage, attempt, generation, start_seq, status, is_record, holder_k, started_at, finished_at)
    VALUES (1, 'done', 1, 1, 3, 'completed', 1, 1, 10, 20), (1, 'open', 1, 1, 5, 'running', 0, 1, 30, NULL);
    INSERT INTO event (id, type, at, stage, body)
    VALUES ((1 << 32) | 3, 10, 10, 'done', '{"attempt":1}'), ((1 << 32) | 4, 11, 20, 'done', '{"attempt":1,"ms":10}'),
           ((1 << 32) | 5, 10, 30, 'open', '{"attempt":1}');`);
  const columns = "id, type, at, stage, body, run_k, seq";
  const before = db.prepare(`SELECT ${columns} FROM event ORDER BY id`).all();
  const attempts = db.prepare("SELECT * FROM attempt ORDER BY start_seq").all();
  db.exec(RECENT_SQL);
  expect(db.prepare(`SELECT ${columns} FROM event ORDER BY id`).all()).toEqual(before);
  expect(db.prepare("SELECT * FROM attempt ORDER BY start_seq").all()).toEqual(attempts);
  expect(db.prepare("SELECT stage FROM recent_attempt").all()).toEqual([{ stage: "open" }]);
});
