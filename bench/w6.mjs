/**
 * W6: claiming and listing in a store with 1,000,000 finished and 100,000 queued runs beside one with a page of finished runs and
 * the queued runs that are claimed. Each call goes to the one and then to the other, so that both meet the same moments of the machine.
 */
import { join } from "node:path";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { DatabaseSync } from "@photostructure/sqlite";
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";
import { percentile, printTable, scratch, seconds, whole } from "./measure.mjs";

const FINISHED = 1_000_000;
const QUEUED = 100_000;
const CALLS = 1_000;
/** Of the small store: a page, so that both list as much. */
const SMALL = 50;

const noop = defineWorkflow({ name: "noop", input: z.object({}), stages: [], run: async () => null });
const HOLDER = { name: "w6", host: "w6", pid: 1, bootId: "w6", pidNamespace: "w6", processStart: "w6" };

/** So many copies of one run that was started, in the tables of a store that nobody has open. */
function fill(file, finished, queued) {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144");
  const numbers = "WITH RECURSIVE n(k) AS (SELECT ? UNION ALL SELECT k + 1 FROM n WHERE k < ?)";
  const insert = (sql, first, count) => count > 0 && db.prepare(`${numbers} ${sql}`).run(first, first + count - 1);
  // The template has number 1.
  const id = "'run-20261130-080000-' || printf('%08x', n.k)";
  db.exec("BEGIN");
  insert(
    `INSERT INTO run (run_k, run_id, workflow_k, definition_k, input, given, created_at, final_status, started_at, updated_at,
                      finished_at, output, head, token, generation, recoveries, retries, has_record, stages_done, deaths)
     SELECT n.k, ${id}, r.workflow_k, r.definition_k, r.input, r.given, r.created_at, 'completed', r.created_at, r.created_at,
            r.created_at, 'null', 3, 1, 1, 0, 0, 0, 0, 0 FROM n JOIN run r ON r.run_k = 1`,
    2,
    finished,
  );
  const first = finished + 2;
  insert(
    `INSERT INTO run (run_k, run_id, workflow_k, definition_k, input, given, created_at)
     SELECT n.k, ${id}, r.workflow_k, r.definition_k, r.input, r.given, r.created_at FROM n JOIN run r ON r.run_k = 1`,
    first,
    queued,
  );
  insert(
    `INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, boot_k, progress_at, stall_ms, next_seq, updated_at)
     SELECT n.k, l.workflow_k, 0, l.wake_at, 0, l.boot_k, l.progress_at, l.stall_ms, 2, l.updated_at
       FROM n JOIN run_live l ON l.run_k = 1`,
    first,
    queued,
  );
  insert(
    `INSERT INTO event_row (id, type, at, stage, body)
     SELECT (n.k << 32) | 1, e.type, e.at, NULL, e.body FROM n JOIN event_row e ON e.id = (1 << 32) | 1`,
    2,
    finished + queued,
  );
  db.prepare("UPDATE run_count SET runs = ? WHERE status = 'completed'").run(finished);
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

async function openWith(folder, name, finished, queued) {
  const file = join(folder, `${name}.db`);
  const holdfast = await openHoldfast({ url: `sqlite:${file}`, dataDir: folder, workflows: [noop], stageFiles: false });
  await holdfast.start(noop, {});
  await holdfast.close();
  fill(file, finished, queued);
  return openSqliteStore({ file });
}

const OPERATIONS = {
  "claim of one run": (store) =>
    store.claim({ workflows: ["noop"], limit: 1, holder: HOLDER, leaseMs: 600_000, suspects: "none" }),
  "list of 50, newest first": (store) => store.listRuns({ limit: 50 }),
  "list of 50 queued": (store) => store.listRuns({ status: "queued", limit: 50 }),
  "list of 50 completed": (store) => store.listRuns({ status: "completed", limit: 50 }),
};

export async function w6({ finished = FINISHED, queued = QUEUED, calls = CALLS } = {}) {
  const { folder, remove } = scratch("w6");
  const since = performance.now();
  const stores = [
    await openWith(folder, "small", SMALL, SMALL + calls),
    await openWith(folder, "full", finished, queued),
  ];
  console.log(
    `\n${whole(finished)} finished and ${whole(queued)} queued runs written in ${whole(seconds(since) / 1_000)} s`,
  );
  const rows = [["", "small p50 ms", "p99 ms", "full p50 ms", "p99 ms", "p50, full to small", "p99"]];
  const ratios = {};
  for (const [name, call] of Object.entries(OPERATIONS)) {
    const took = [[], []];
    for (let i = 0; i < calls; i++) {
      for (const [which, store] of stores.entries()) {
        const startedAt = performance.now();
        await call(store);
        took[which].push(performance.now() - startedAt);
      }
    }
    const [small, full] = took.map((all) => ({ p50: percentile(all, 0.5), p99: percentile(all, 0.99) }));
    ratios[name] = { p50: full.p50 / small.p50, p99: full.p99 / small.p99 };
    const figures = [small.p50, small.p99, full.p50, full.p99].map((ms) => ms.toFixed(2));
    rows.push([name, ...figures, `${ratios[name].p50.toFixed(2)}x`, `${ratios[name].p99.toFixed(2)}x`]);
  }
  printTable(`W6 on SQLite: a full store beside a small one, ${whole(calls)} calls each; goal: p99 at most 1.5x`, rows);
  for (const store of stores) await store.close();
  remove();
  return ratios;
}
if (import.meta.filename === process.argv[1]) await w6();
