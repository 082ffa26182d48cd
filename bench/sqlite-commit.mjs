/**
 * What a stage costs on SQLite, beside what the same disk and driver can do at all, in one run on one machine:
 * the raw rate of single-row commits, the raw rate of batched inserts, and the store's stages per second (one start
 * and one finish each, full durability) with 1, 16 and 64 callers. Each stage rate stands beside a single-commit rate
 * taken right before it, because a shared disk changes from minute to minute. Prints a table; `--json` one document.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RECOVERY_DEFAULTS } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";

const driver = Number(process.versions.node.split(".")[0]) >= 24 ? "node:sqlite" : "@photostructure/sqlite";
const { DatabaseSync } = createRequire(new URL("../packages/store-sqlite/package.json", import.meta.url))(driver);

const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "holdfast-bench-"));
/** Long enough that a checkpoint or two falls into each measurement. */
const MEASURE_MS = Number(process.env.BENCH_MS ?? 3_000);
const BATCH_ROWS = 100;

function perSecond(measureMs, work) {
  const startedMs = performance.now();
  let count = 0;
  let nowMs = startedMs;
  while (nowMs - startedMs < measureMs) {
    count += work();
    nowMs = performance.now();
  }
  return count / ((nowMs - startedMs) / 1_000);
}

const text = "a recorded output of some sixty characters, as stages have it.";

function openRaw() {
  const db = new DatabaseSync(join(folder, "raw.db"));
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec("CREATE TABLE IF NOT EXISTS row (k INTEGER PRIMARY KEY, text TEXT)");
  const insert = db.prepare("INSERT INTO row (text) VALUES (?)");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  return {
    db,
    single: () =>
      perSecond(MEASURE_MS / 3, () => {
        insert.run(text);
        return 1;
      }),
    batched: () =>
      perSecond(MEASURE_MS, () => {
        begin.run();
        for (let i = 0; i < BATCH_ROWS; i++) insert.run(text);
        commit.run();
        return BATCH_ROWS;
      }),
  };
}

const holder = { name: "bench", host: "bench", pid: process.pid, bootId: "-", pidNamespace: "-", processStart: "-" };

async function stageRate(callerCount, isPipelined) {
  const store = await openSqliteStore({ file: join(folder, `stages-${callerCount}-${isPipelined}.db`) });
  const fences = await Promise.all(
    Array.from({ length: callerCount }, async (_, i) => {
      const created = await store.createRun({
        id: `run-${i}`,
        workflow: "bench",
        version: null,
        owner: null,
        inputJson: null,
        givenJson: null,
        stages: null,
        policy: RECOVERY_DEFAULTS,
        through: null,
        idempotencyKey: null,
        forkedFrom: null,
        claim: { holder, leaseMs: 300_000 },
      });
      return { runId: `run-${i}`, token: created.claim.token, nonce: created.claim.nonce };
    }),
  );
  const output = { kind: "inline", json: '{"text":"a recorded output of some sixty characters"}' };
  let stageCount = 0;
  let isOver = false;
  const startedMs = performance.now();
  const timer = setTimeout(() => {
    isOver = true;
  }, MEASURE_MS);
  await Promise.all(
    fences.map(async (fence) => {
      for (let i = 0; !isOver; i++) {
        const stage = `stage-${i}`;
        // Pipelined: what an engine does whose stage needs no time: both writes travel together.
        const started = store.startAttempt(fence, { stage, attempt: 1, inputsHash: null });
        if (!isPipelined) await started;
        await store.finishAttempt(fence, { stage, attempt: 1, status: "completed", output, ms: 0 });
        stageCount += 1;
      }
    }),
  );
  clearTimeout(timer);
  const rate = stageCount / ((performance.now() - startedMs) / 1_000);
  await store.close();
  return rate;
}

try {
  const raw = openRaw();
  const rows = [];
  const note = (what, perS, single) => rows.push({ what, perS: Math.round(perS), single: Math.round(single) });
  const firstSingle = raw.single();
  note("raw: one row a commit, synchronous=FULL", firstSingle, firstSingle);
  note(`raw: rows inserted, ${BATCH_ROWS} a commit`, raw.batched(), firstSingle);
  for (const isPipelined of [false, true]) {
    for (const callers of [1, 16, 64]) {
      const single = raw.single();
      note(
        `stages, ${callers} at a time${isPipelined ? ", start not awaited" : ""}`,
        await stageRate(callers, isPipelined),
        single,
      );
    }
  }
  raw.db.close();
  if (process.argv.includes("--json")) console.log(JSON.stringify(rows));
  else {
    console.log(`${"".padEnd(42)} ${"rate".padStart(11)} ${"single commits".padStart(16)} ${"ratio".padStart(8)}`);
    for (const { what, perS, single } of rows) {
      const ratio = (perS / single).toFixed(2);
      console.log(`${what.padEnd(42)} ${`${perS}/s`.padStart(11)} ${`${single}/s`.padStart(16)} ${ratio.padStart(8)}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
