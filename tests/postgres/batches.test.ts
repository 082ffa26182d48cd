/** What goes together on PostgreSQL: how many statements writes take, what a refused or lost one does to the others, and heartbeats. */
import type { Claim, Fence, RunId, Store } from "@holdfast/core";
import { openPostgresStore } from "@holdfast/store-postgres";
import pg from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { holderOf, newRun } from "../../packages/testkit/src/contract/factory.js";
import { waitFor } from "../chaos/harness/wait-for.js";
import { ask, newSchema, problem, serverUrl, title } from "./world.js";

const OUTPUT = { kind: "inline", json: "1" } as const;
const DEADLINE = { withinMs: 60_000 };
const fenceOf = ({ run, token, nonce }: Claim): Fence => ({ runId: run.id, token, nonce });
const opened: Store[] = [];

afterAll(async () => {
  for (const store of opened) await store.close();
});

async function openStore() {
  const schema = newSchema();
  const store = await openPostgresStore({ url: `${serverUrl()}?schema=${schema}` });
  opened.push(store);
  return { store, schema };
}

/** So many runs at work. */
async function claimMany(store: Store, count: number): Promise<Fence[]> {
  await Promise.all(Array.from({ length: count }, () => store.createRun(newRun())));
  const request = { holder: holderOf("worker-a"), leaseMs: 60_000, workflows: ["brief"], limit: count };
  return (await store.claim(request)).map(fenceOf);
}

/** How often each function was called, by connections that have ended. */
async function callsOf(schema: string): Promise<Record<string, number>> {
  const { rows } = await ask(`SELECT funcname, calls FROM pg_stat_user_functions WHERE schemaname = '${schema}'`);
  return Object.fromEntries(rows.map(({ funcname, calls }) => [funcname, Number(calls)]));
}

describe.skipIf(problem !== null)(title("batches over PostgreSQL"), () => {
  test("stages, reports and creations of many runs go together, in the order of each run; its events have no gap", async () => {
    await ask("ALTER DATABASE postgres SET track_functions = 'pl'");
    const { store, schema } = await openStore();
    const fences = await claimMany(store, 60);
    expect(fences).toHaveLength(60);
    for (let round = 1; round <= 5; round++) {
      const stage = `stage-${round}`;
      const answers = await Promise.all(
        fences.flatMap((fence) => [
          store.startAttempt(fence, { stage, attempt: 1, inputsHash: null }),
          store.appendEvents(fence, [{ type: "log", data: { stage, attempt: 1, message: "a line" } }]),
          store.finishAttempt(fence, { stage, attempt: 1, status: "completed", output: OUTPUT, ms: 1 }),
        ]),
      );
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["written"]));
    }
    await Promise.all(
      fences.map((fence) => store.report(fence, { status: "completed", output: OUTPUT, stageCount: 5 })),
    );
    for (const { runId } of fences) {
      const events = await store.listEvents(runId as RunId, { after: 0, limit: 100 });
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
      expect(events.slice(2, 5).map(({ type }) => type)).toEqual(["stage.started", "log", "stage.completed"]);
      expect((await store.getRun(runId))?.status).toBe("completed");
    }
    await store.close();
    // 900 calls of stages: three statements a round, and at most one more where the first of them found the lane free.
    const areTold = async () => {
      const { reports_v10: reports, creates_v4: creates } = await callsOf(schema);
      return reports !== undefined && creates !== undefined;
    };
    await waitFor(areTold, { ...DEADLINE, what: "the figures of both connections" });
    const calls = await callsOf(schema);
    expect(calls.stages_v4).toBeLessThanOrEqual(20);
    expect(calls.creates_v4).toBeLessThanOrEqual(2);
    expect(calls.reports_v10).toBeLessThanOrEqual(2);
    expect(calls.claim_v10 ?? 0).toBeLessThanOrEqual(1);
  });

  test("a text that the database refuses fails its own call alone", async () => {
    const { store } = await openStore();
    const fences = await claimMany(store, 8);
    const answers = await Promise.allSettled(
      fences.map((fence, place) =>
        store.startAttempt(fence, {
          stage: "gather",
          attempt: 1,
          inputsHash: null,
          label: place === 3 ? "a\0b" : "ab",
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      fences.map((_, place) => (place === 3 ? "rejected" : "fulfilled")),
    );
    expect((await store.listAttempts(fences[4]?.runId as RunId)).length).toBe(1);
  });

  test("a connection that is lost during a write leaves its outcome open; asked again, the fence answers, on a new connection", async () => {
    const { store, schema } = await openStore();
    const [fence] = (await claimMany(store, 1)) as [Fence];
    const start = { stage: "gather", attempt: 1, inputsHash: null };
    await store.startAttempt(fence, start);
    const blocker = new pg.Client({ connectionString: serverUrl() });
    await blocker.connect();
    await blocker.query(`BEGIN; SELECT 1 FROM ${schema}.run_live FOR UPDATE`);
    const finish = { stage: "gather", attempt: 1, status: "completed", output: OUTPUT, ms: 1 } as const;
    const lost = store.finishAttempt(fence, finish).then(
      () => null,
      (error: unknown) => error,
    );
    const isWaiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%stages_v4%'`;
    await waitFor(async () => (await ask(isWaiting)).rows.length === 1, { ...DEADLINE, what: "the write to wait" });
    await ask(`SELECT pg_terminate_backend(pid) FROM (${isWaiting}) w`);
    expect(await lost).toMatchObject({ code: "STORE_UNREACHABLE", details: { isAnswerLost: true } });
    await blocker.query("COMMIT");
    await blocker.end();
    expect(await store.finishAttempt(fence, finish)).toEqual({ kind: "written", wish: null });
    expect(await store.finishAttempt(fence, finish)).toEqual({ kind: "duplicate" });
  });

  test("at least 95 of 100 updates of live rows by heartbeats and stages stay on their page", async () => {
    const { store, schema } = await openStore();
    await Promise.all(Array.from({ length: 400 }, () => store.createRun(newRun())));
    const request = { holder: holderOf("worker-a"), leaseMs: 60_000, workflows: ["brief"], limit: 100 };
    const fences = (await store.claim(request)).map(fenceOf);
    const before = await updatesOf(schema);
    for (let round = 0; round < 30; round++) {
      const answers = await store.beat(fences.map((fence) => ({ ...fence, leaseMs: 60_000 })));
      expect(answers.every(({ kind }) => kind === "extended")).toBe(true);
    }
    await Promise.all(
      fences.map((fence) => store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null })),
    );
    await store.close();
    const isTold = async () => (await updatesOf(schema)).all >= before.all + 3_100;
    await waitFor(isTold, { ...DEADLINE, what: "the figures of the updates" });
    const after = await updatesOf(schema);
    expect((after.hot - before.hot) / (after.all - before.all)).toBeGreaterThanOrEqual(0.95);
  });
});

async function updatesOf(schema: string): Promise<{ readonly all: number; readonly hot: number }> {
  const { rows } = await ask(
    `SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables
      WHERE schemaname = '${schema}' AND relname = 'run_live'`,
  );
  return { all: Number(rows[0]?.updates), hot: Number(rows[0]?.hot) };
}
