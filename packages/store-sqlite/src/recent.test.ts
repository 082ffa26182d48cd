import { expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "./driver.js";
import { RECENT_SQL } from "./migrations/0004-recent.js";
import { MIGRATIONS } from "./migrations/index.js";
import { RECENT_MAX } from "./sql/recent.js";
import type { ClaimRow } from "./sql/take-leases.js";
import { openGroupWriter } from "./testing/group-writer.js";
import { newRun, TEST_HOLDER } from "./testing/processes.js";
import { CODE_OF, type OperationName } from "./writes.js";

type FenceOf = readonly [runId: string, token: number, nonce: string];

function openWriter() {
  const { file, db, writer } = openGroupWriter();
  const act = (name: OperationName, args: readonly unknown[]) => {
    const { results, errors } = writer.execute([{ code: CODE_OF[name], args }]);
    expect(errors).toBeNull();
    return results[0];
  };
  return { file, db, writer, act };
}

function startRun(act: ReturnType<typeof openWriter>["act"], id: string): FenceOf {
  const { workflow, version, owner, givenJson, through, idempotencyKey } = newRun(id);
  const given = { id, workflow, version, owner, givenJson, through, idempotencyKey, inputJson: "null" };
  const origin = { forkedRunId: null, forkedStage: null, forkKeeps: [] };
  const rules = { stages: { json: null, count: null }, policyJson: "{}", stallMs: 1 };
  const created = act("createRun", [{ ...given, ...origin, ...rules, claim: { holder: TEST_HOLDER, leaseMs: 1 } }]);
  const { claim } = created as { claim: ClaimRow };
  return [id, claim.token, claim.nonce];
}

const startArgs = (fence: FenceOf, stage: string) => [...fence, stage, 1, null, null];
const finishArgs = (fence: FenceOf, stage: string, output = "1") =>
  [...fence, stage, 1, "completed", 1, output, null, null, null, 7] as const;

const countOf = (db: Database, table: string) =>
  (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
const seenIn = (db: Database) => ({
  attempts: db.prepare("SELECT * FROM attempt ORDER BY run_k, start_seq").all(),
  events: db.prepare("SELECT * FROM event ORDER BY id").all(),
});

test("what is recent reads as what is in its place", () => {
  const { db, writer, act } = openWriter();
  const fence = startRun(act, "run-1");
  for (const stage of ["b", "a", "open"]) act("startAttempt", startArgs(fence, stage));
  for (const stage of ["a", "b"]) act("finishAttempt", finishArgs(fence, stage));
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
  const fence = startRun(act, "run-1");
  act("startAttempt", startArgs(fence, "a"));
  act("finishAttempt", finishArgs(fence, "a"));
  writer.moveEnded(true);
  expect(act("startAttempt", startArgs(fence, "a"))).toEqual({ kind: "duplicate" });
  expect(act("finishAttempt", finishArgs(fence, "a", "2"))).toEqual({ kind: "duplicate" });
  act("startAttempt", [...fence, "a", 2, null, null]);
  const second = [...fence, "a", 2, "completed", 1, "2", null, null, null, 7];
  expect(act("finishAttempt", second)).toEqual({ kind: "duplicate" });
});

test("attempts are moved when there are enough of them, when their text is long, and when their lease ends", () => {
  const { db, writer, act } = openWriter();
  const fence = startRun(act, "run-1");
  for (let i = 0; i < RECENT_MAX; i++) {
    writer.moveEnded();
    expect(countOf(db, "attempt_row")).toBe(0);
    act("startAttempt", startArgs(fence, `stage-${i}`));
    act("finishAttempt", finishArgs(fence, `stage-${i}`));
  }
  writer.moveEnded();
  expect(countOf(db, "attempt_row")).toBe(RECENT_MAX);
  act("startAttempt", startArgs(fence, "long"));
  act("finishAttempt", finishArgs(fence, "long", JSON.stringify("x".repeat(10_000))));
  expect(countOf(db, "recent_attempt")).toBe(0);
  act("startAttempt", startArgs(fence, "ended"));
  act("finishAttempt", finishArgs(fence, "ended"));
  act("startAttempt", startArgs(fence, "open"));
  act("report", [...fence, "paused", null, null, null, null, null, 0, null]);
  expect(countOf(db, "recent_attempt")).toBe(0);
  const status = db.prepare("SELECT status FROM attempt_row WHERE stage = ?");
  expect([status.get("ended"), status.get("open")]).toEqual([{ status: "completed" }, { status: "interrupted" }]);
});

test("while another process writes nothing is moved, and nothing is lost", () => {
  const { file, db, writer, act } = openWriter();
  const fence = startRun(act, "run-1");
  act("startAttempt", startArgs(fence, "a"));
  act("finishAttempt", finishArgs(fence, "a"));
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
