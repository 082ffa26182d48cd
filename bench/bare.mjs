/**
 * The bare loop of W1: the rows that a run writes (run, live row, three events), in Holdfast's own tables, by the same driver at
 * the same durability, in one thread. No engine, no fences, no threads, nothing looked up by name. What it reaches is the
 * limit of this schema on this machine.
 */
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { openHoldfast } from "holdfast";
import { perSecond, scratch, seconds } from "./measure.mjs";

/** As many as the engine's writer takes at most of one worker with 64 places. */
const GROUP = 64;
const ROWS_AT_ONCE = 16;

const NOW = "unixepoch() * 1000";
const POLICY = JSON.stringify({ onStall: "resume", maxRecoveries: 3, stallAfterMs: 30_000 });

/** Runs per second: written, then claimed and reported, and one after the other. */
export async function bareLoop(runs = 20_000) {
  const { folder, remove } = scratch("bare");
  const file = join(folder, "bare.db");
  // An empty store, for its tables.
  await (await openHoldfast({ url: `sqlite:${file}`, dataDir: folder, workflows: [] })).close();
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192");
  db.exec(`INSERT INTO workflow (workflow_k, name) VALUES (1, 'noop');
           INSERT INTO boot (boot_k, boot_id, wall_ahead_ms) VALUES (1, 'bare', 0);
           INSERT INTO definition (definition_k, workflow_k, policy) VALUES (1, 1, '${POLICY}');
           INSERT INTO holder (holder_k, name, host, pid, boot_id, pid_namespace, process_start)
             VALUES (1, 'bare/1', 'bare', 1, 'bare', 'ns', '0')`);
  const loop = new Loop(db);
  const startedAt = performance.now();
  for (let at = 0; at < runs; at += GROUP) loop.commit(() => loop.create(at + 1, Math.min(GROUP, runs - at)));
  const queuedAt = performance.now();
  // As a worker does: one transaction has the reports of a group and the claims of the next.
  for (let held = [], done = 0; done < runs; ) {
    loop.commit(() => {
      loop.report(held);
      done += held.length;
      held = loop.claim(GROUP);
    });
  }
  const drainMs = seconds(queuedAt);
  db.close();
  remove();
  const enqueueMs = queuedAt - startedAt;
  return {
    enqueue: perSecond(runs, enqueueMs),
    drain: perSecond(runs, drainMs),
    both: perSecond(runs, enqueueMs + drainMs),
  };
}

class Loop {
  statements = new Map();

  constructor(db) {
    this.db = db;
  }

  prepare(sql) {
    if (!this.statements.has(sql)) this.statements.set(sql, this.db.prepare(sql));
    return this.statements.get(sql);
  }

  commit(write) {
    this.prepare("BEGIN IMMEDIATE").run();
    write();
    this.prepare("COMMIT").run();
  }

  /** One statement for 16 rows, as the store does; the rest one by one. `sql` makes the text for so many rows. */
  inLots(rows, columns, sql) {
    const run = (some) => {
      const row = `(${Array(columns).fill("?").join(",")})`;
      this.prepare(sql(Array(some.length).fill(row).join(","))).run(...some.flat());
    };
    let at = 0;
    for (; at + ROWS_AT_ONCE <= rows.length; at += ROWS_AT_ONCE) run(rows.slice(at, at + ROWS_AT_ONCE));
    for (; at < rows.length; at++) run([rows[at]]);
  }

  events(rows) {
    this.inLots(
      rows,
      4,
      (values) => `INSERT INTO event_row (id, type, at, stage, body)
                   SELECT (column1 << 32) | column2, column3, ${NOW}, NULL, column4 FROM (VALUES ${values})`,
    );
  }

  create(firstK, count) {
    const runKs = Array.from({ length: count }, (_, place) => firstK + place);
    this.inLots(
      runKs.map((runK) => [runK, `run-20261130-080000-${runK.toString(36).padStart(8, "0")}`]),
      2,
      (values) => `INSERT INTO run (run_k, run_id, workflow_k, definition_k, input, given, created_at)
                   SELECT column1, column2, 1, 1, '{}', '{}', ${NOW} FROM (VALUES ${values})`,
    );
    this.inLots(
      runKs.map((runK) => [runK]),
      1,
      (
        values,
      ) => `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, boot_k, progress_at, stall_ms, next_seq, updated_at)
                   SELECT column1, 1, 0, ${NOW}, 0, 1, 0, 30000, 2, ${NOW} FROM (VALUES ${values})`,
    );
    this.events(runKs.map((runK) => [runK, 1, 0, '{"workflow":"noop","version":null,"owner":null}']));
  }

  claim(limit) {
    const found = this.prepare(
      `SELECT l.run_k, l.token + 1 AS token, l.next_seq, r.run_id, r.input, d.policy
         FROM run_live l JOIN run r USING (run_k) JOIN definition d USING (definition_k)
        WHERE l.phase = 0 AND l.workflow_k = 1 AND l.rank = 4 AND l.wake_at <= ${NOW} ORDER BY l.wake_at, l.run_k LIMIT ?`,
    ).all(limit);
    this.inLots(
      found.map(({ run_k: runK, token }) => [runK, token]),
      2,
      (
        values,
      ) => `UPDATE run_live SET phase = 1, wake_at = NULL, token = n.column2, nonce = 'AAAAAAAAAAAAAAAA', holder_k = 1, boot_k = 1,
                          since = ${NOW}, lease_ms = 300000, beat_at = 1, progress_at = 1, next_seq = next_seq + 1,
                          started_at = ${NOW}, updated_at = ${NOW}
                     FROM (VALUES ${values}) n WHERE run_k = n.column1`,
    );
    this.events(
      found.map(({ run_k: runK, token, next_seq: seq }) => [
        runK,
        seq,
        1,
        JSON.stringify({ holder: "bare/1", host: "bare", pid: 1, token }),
      ]),
    );
    return found;
  }

  report(held) {
    this.events(held.map(({ run_k: runK, next_seq: seq }) => [runK, seq + 1, 6, '{"stages":0}']));
    this.inLots(
      held.map(({ run_k: runK }) => [runK]),
      1,
      (
        values,
      ) => `UPDATE run SET final_status = 'completed', output = 'null', finished_at = ${NOW}, updated_at = ${NOW}, head = 3,
                          started_at = l.started_at, token = l.token, generation = l.generation, stages_done = l.stages_done
                     FROM (VALUES ${values}) n JOIN run_live l ON l.run_k = n.column1 WHERE run.run_k = n.column1`,
    );
    this.inLots(
      held.map(({ run_k: runK }) => [runK]),
      1,
      (values) => `DELETE FROM run_live WHERE run_k IN (VALUES ${values})`,
    );
    this.prepare("UPDATE run_count SET runs = runs + ? WHERE status = 'completed'").run(held.length);
  }
}
