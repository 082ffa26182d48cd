/**
 * PgBouncer in transaction mode between the processes and the server: the contract holds, and the pooler is found. With the server's
 * own address beside it, the lock of a process and hints work as without it; without, leases end by their time, and that is told.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHoldfast } from "@holdfast/engine";
import { openPostgresStore, openTables } from "@holdfast/store-postgres";
import {
  exerciseAttempts,
  exerciseChanges,
  exerciseClaim,
  exerciseFence,
  exerciseMaps,
  exerciseStore,
} from "@holdfast/testkit/contract";
import { openHoldfast } from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { serve } from "../server/serving.js";
import { startPgbouncer } from "../suite/pgbouncer.mjs";
import { gated } from "./fixture/gated.mjs";
import { ask, factoryOf, locksOf, newSchema, problem as noServer, serverUrl, title } from "./world.js";

const DEADLINE = { withinMs: 150_000 };
const ELSEWHERE = fileURLToPath(new URL("./fixture/elsewhere.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-pooler-"));
const children: ChildProcess[] = [];
const ends: (() => Promise<void>)[] = [];
const pooler = noServer === null ? await startPgbouncer(serverUrl()) : { problem: noServer };
const problem = "problem" in pooler ? pooler.problem : null;

afterAll(async () => {
  for (const end of ends.reverse()) await end();
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  if ("stop" in pooler) await pooler.stop();
  rmSync(folder, { recursive: true, force: true });
});

const pooled = (schema: string | null = null) => {
  if ("problem" in pooler) throw new Error(pooler.problem);
  return schema === null ? pooler.url : `${pooler.url}?schema=${schema}`;
};

describe.skipIf(problem !== null)(title(`behind PgBouncer${problem === null ? "" : ` (${problem})`}`), () => {
  const factory = factoryOf("PgBouncer", () => pooled(), serverUrl);
  if (process.env.LONG) exerciseStore(factory);
  else {
    exerciseClaim(factory);
    exerciseFence(factory);
    exerciseAttempts(factory);
    exerciseMaps(factory);
    exerciseChanges(factory);
  }

  /** A worker elsewhere that holds a run, and one here that watches over it. */
  async function makeWorld(name: string, directUrl: string | undefined, leaseMs: number) {
    const schema = newSchema();
    const gate = join(folder, name);
    mkdirSync(gate);
    const store = await openPostgresStore({ url: pooled(schema), directUrl });
    const holdfast = createHoldfast({ store, workflows: [gated], dataDir: join(folder, `${name}-here`), leaseMs });
    await holdfast.start(gated, { gate }, { runId: "tides" });
    const args = [ELSEWHERE, pooled(schema), join(folder, `${name}-there`), directUrl ?? "", String(leaseMs)];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    children.push(child);
    const stages = async () => (await holdfast.runs.get("tides"))?.stages ?? [];
    const isHeld = async () => (await stages()).some(({ status }) => status === "running");
    await waitFor(isHeld, { ...DEADLINE, what: "the stage elsewhere to begin" });
    return { schema, gate, child, holdfast, store };
  }

  async function takenOverHere({ gate, child, holdfast }: Awaited<ReturnType<typeof makeWorld>>) {
    const stop = new AbortController();
    const working = holdfast.work({ concurrency: 1, signal: stop.signal });
    ends.push(async () => {
      stop.abort();
      await working;
      await holdfast.close();
    });
    child.kill("SIGKILL");
    writeFileSync(join(gate, "open"), "");
    const isCompleted = async () => (await holdfast.runs.get("tides"))?.status === "completed";
    await waitFor(isCompleted, { ...DEADLINE, what: "the run to be completed here" });
    const events = await holdfast.runs.events("tides");
    return events.find(({ type }) => type === "run.recovered")?.data;
  }

  test("with the server's own address, a process holds its lock there, and its death is proven long before its lease ends", async () => {
    const world = await makeWorld("direct", serverUrl(), 600_000);
    expect(world.store.limitations?.()).toEqual([]);
    await waitFor(async () => (await locksOf(world.schema)) === 1, { ...DEADLINE, what: "the lock elsewhere" });
    expect(await takenOverHere(world)).toMatchObject({ reason: expect.stringContaining("died") });
  });

  test("without it, nobody takes a lock that the pooler would hand around, and a lease ends by its time", async () => {
    const world = await makeWorld("pooled", undefined, 6_000);
    expect(world.store.limitations?.()).toEqual([
      { code: "NO_SESSION_LOCK", message: expect.stringMatching(/is a pooler.*when their leases end.*directUrl/) },
    ]);
    expect(await takenOverHere(world)).toMatchObject({ reason: expect.stringContaining("silent") });
    expect(await locksOf(world.schema)).toBe(0);
    expect((await ask(`SELECT count(*)::int AS rows FROM ${world.schema}.presence`)).rows).toEqual([{ rows: 0 }]);
  });

  test("serve tells it on standard error, in its probe and its metrics; with --direct-url there is nothing to tell", async () => {
    const url = pooled(newSchema());
    const told = await Promise.all(
      [[], [`--direct-url=${serverUrl()}`]].map(async (more) => {
        const serving = await serve(["--no-worker", `--url=${url}`, ...more]);
        const ready = (await (await serving.ask("GET", "/readyz")).json()) as unknown;
        const metrics = await (await serving.ask("GET", "/metrics")).text();
        serving.running.child.kill("SIGTERM");
        const { stderr } = await serving.running.ended;
        return {
          ready,
          metric: metrics.match(/^holdfast_store_limitation\{code="NO_SESSION_LOCK"\} (\d)$/m)?.[1],
          isWarned: /HOLDFAST_NO_SESSION_LOCK.*is a pooler/.test(stderr),
        };
      }),
    );
    expect(told).toEqual([
      { ready: { status: "ready", limitations: ["NO_SESSION_LOCK"] }, metric: "1", isWarned: true },
      { ready: { status: "ready" }, metric: "0", isWarned: false },
    ]);
  });

  test("a pooler is found also where it takes the settings of a connection and drops them, and behind directUrl", async () => {
    const lax = await startPgbouncer(serverUrl(), {
      settings: ["ignore_startup_parameters=options,statement_timeout,extra_float_digits"],
    });
    if ("problem" in lax) throw new Error(lax.problem);
    ends.push(lax.stop);
    const schema = newSchema();
    for (const [url, directUrl, message] of [
      [lax.url, undefined, /is a pooler/],
      [lax.url, lax.url, /and directUrl are poolers/],
      [pooled(), lax.url, /and directUrl are poolers/],
      [serverUrl(), pooled(), /directUrl is a pooler/],
    ] as const) {
      const store = await openPostgresStore({ url, directUrl, schema });
      const told = store.limitations?.();
      await store.close();
      expect(told).toEqual([{ code: "NO_SESSION_LOCK", message: expect.stringMatching(message) }]);
    }
    for (const url of [lax.url, pooled()]) {
      await expect(openTables(`${url}?schema=${schema}`, "source")).rejects.toMatchObject({
        code: "WRONG_USE",
        message: expect.stringMatching(/is a pooler.*address of the server itself/),
      });
    }
  });

  test("texts keep every character on their way through; a NUL is refused as without a pooler; the tables can be compacted", async () => {
    const store = await openPostgresStore({ url: pooled(newSchema()), directUrl: serverUrl() });
    const stamp = { actor: { id: "ann", via: "cli" }, action: "retention.change" } as const;
    const reason = `it's "quoted", \\ back\\'slashed, {braced}, $1, ?2, 日本 𝒳 \n\t é`;
    await store.appendAudit({ stamp: { ...stamp, reason } as never, runId: null });
    expect((await store.listAudit({ limit: 5 })).rows[0]?.reason).toBe(reason);
    await expect(
      store.appendAudit({ stamp: { ...stamp, reason: "a\0b" } as never, runId: null }),
    ).rejects.toMatchObject({
      code: "WRONG_USE",
    });
    expect(await store.findRunIds("it's \\ $1", 5)).toEqual([]);
    await expect(store.findRunIds("a\0", 5)).rejects.toMatchObject({ code: "WRONG_USE" });
    expect(await store.compact()).toMatchObject({ kind: "compacted" });
    await store.close();
  });

  test("an address beside that is another database's, or beside a file, is refused", async () => {
    const schema = newSchema();
    const other = newSchema();
    await ask(`CREATE DATABASE ${other}`);
    ends.push(async () => void (await ask(`DROP DATABASE ${other} WITH (FORCE)`)));
    const elsewhere = Object.assign(new URL(serverUrl()), { pathname: `/${other}` }).href;
    await expect(openPostgresStore({ url: pooled(schema), directUrl: elsewhere })).rejects.toMatchObject({
      code: "WRONG_USE",
      message: expect.stringContaining("not the database of url"),
    });
    const beside = openHoldfast({ workflows: [], url: "sqlite::memory:", directUrl: serverUrl() });
    await expect(beside).rejects.toMatchObject({
      code: "WRONG_USE",
      message: expect.stringContaining("postgres:// url"),
    });
  });
});
