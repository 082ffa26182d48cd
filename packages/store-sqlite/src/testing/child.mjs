/**
 * What the tests run as a process of its own. The first argument names the part to play, the second the file.
 * Answers are lines on the standard output, written at once, so that a killed process has said all it was sure of.
 */
import { writeSync } from "node:fs";
import { RECOVERY_DEFAULTS } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";

const [part, file, name = "child", count = "0"] = process.argv.slice(2);

/** The pipe to the parent may be full: then again, until the line is out. */
function say(line) {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

const holder = { name, host: "host", pid: process.pid, bootId: "boot", pidNamespace: "pid", processStart: "1" };

async function startRun(store, id) {
  const created = await store.createRun({
    id,
    workflow: "brief",
    version: null,
    owner: null,
    inputJson: null,
    givenJson: null,
    stages: null,
    policy: RECOVERY_DEFAULTS,
    through: null,
    idempotencyKey: null,
    forkedFrom: null,
    claim: { holder, leaseMs: 60_000 },
  });
  return { runId: id, token: created.claim.token, nonce: created.claim.nonce };
}

const output = { kind: "inline", json: '"done"' };

const parts = {
  /** Open, write one run, close. */
  async open() {
    const store = await openSqliteStore({ file });
    await startRun(store, `run-${name}`);
    await store.close();
    say("done");
  },

  /** `count` stages on each of four runs at a time. */
  async write() {
    const store = await openSqliteStore({ file });
    await Promise.all(
      [0, 1, 2, 3].map(async (i) => {
        const fence = await startRun(store, `run-${name}-${i}`);
        for (let n = 0; n < Number(count); n++) {
          const stage = `stage-${n}`;
          const answers = await Promise.all([
            store.startAttempt(fence, { stage, attempt: 1, inputsHash: null }),
            store.finishAttempt(fence, { stage, attempt: 1, status: "completed", output, ms: 0 }),
          ]);
          if (answers.some((answer) => answer.kind !== "written")) throw new Error(JSON.stringify(answers));
        }
      }),
    );
    await store.close();
    say("done");
  },

  /** Write without end on sixteen runs and say each acknowledged write: strict and soft ones. */
  async storm() {
    const store = await openSqliteStore({ file });
    await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const runId = `run-${name}-${i}`;
        const fence = await startRun(store, runId);
        for (let n = 0; ; n++) {
          const stage = `stage-${n}`;
          await store.startAttempt(fence, { stage, attempt: 1, inputsHash: null });
          say(`started ${runId} ${stage}`);
          await store.finishAttempt(fence, { stage, attempt: 1, status: "completed", output, ms: 0 });
          say(`finished ${runId} ${stage}`);
        }
      }),
    );
  },

  /** Say that it is open; at a line that comes in, remove what is finished, say what it removed, and purge it. */
  async cleanUp() {
    const store = await openSqliteStore({ file });
    say("open");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    const audit = { actor: { id: name, via: "cli", requestId: null }, action: "cleanup", reason: null };
    for (let cursor; ; ) {
      const { rows, next } = await store.listFinished({ olderThanMs: 0, limit: 20, cursor });
      for (const row of rows) if (await store.removeFinished(row, audit)) say(`removed ${row.runId}`);
      while ((await store.deleteRemovedRows(7)) > 0);
      if (next === null) break;
      cursor = next;
    }
    await store.close();
    process.stdin.destroy();
  },

  /** Hold the write lock until a line comes in. */
  async lock() {
    const { openDatabase } = await import("../../dist/driver.js");
    const db = openDatabase(file);
    db.exec("BEGIN IMMEDIATE");
    say("locked");
    process.stdin.once("data", () => {
      db.exec("COMMIT");
      db.close();
      process.exit(0);
    });
  },

  /** Open as the user this process was given, and say how it went. */
  async tryOpen() {
    try {
      const store = await openSqliteStore({ file });
      await startRun(store, "run-try");
      await store.close();
      say("opened");
    } catch (error) {
      say(`${error.code} ${error.message}`);
    }
  },
};

await parts[part]();
