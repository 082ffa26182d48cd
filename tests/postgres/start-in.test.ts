/** `startIn`: a run in the caller's own transaction, with the caller's rows or not at all. */
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { fulfil, placeOrder } from "../../examples/outbox.js";
import { ask, newSchema, problem, serverUrl, title } from "./world.js";

const invoice = defineWorkflow({
  name: "invoice",
  input: z.object({ order: z.string().meta({ description: "the order" }) }),
  search: ["order"],
  stages: ["send"],
  run: ({ input, stage }) => stage("send", () => `sent ${input.order}`),
});

const schema = newSchema();
let holdfast: Holdfast;
let pool: pg.Pool;

beforeAll(async () => {
  if (problem !== null) return;
  holdfast = await openHoldfast({ workflows: [invoice], url: `${serverUrl()}?schema=${schema}`, stageFiles: false });
  pool = new pg.Pool({ connectionString: serverUrl(), max: 4 });
  await pool.query(`CREATE TABLE ${schema}_orders (id text PRIMARY KEY, note text)`);
});
afterAll(async () => {
  if (problem !== null) return;
  await pool.end();
  await holdfast.close();
  await ask(`DROP TABLE ${schema}_orders`);
});

/** In a transaction of the caller; undone when the work throws. */
async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>, begin = "BEGIN"): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
const order = (client: pg.PoolClient, id: string) =>
  client.query(`INSERT INTO ${schema}_orders (id) VALUES ($1)`, [id]);
const orders = async () => (await ask(`SELECT id FROM ${schema}_orders ORDER BY id`)).rows.map(({ id }) => id);
const runIds = async () => (await holdfast.runs.list()).rows.map(({ id }) => id);

describe.skipIf(problem !== null)(title("startIn on PostgreSQL"), () => {
  test("no worker sees the run before the commit; then it is executed, and was committed with the caller's row", async () => {
    const worker = await holdfast.startWorker();
    let runId = "";
    await inTransaction(async (client) => {
      await order(client, "o-1");
      ({ runId } = await holdfast.startIn(client, invoice, { order: "o-1" }));
      // The caller's transaction goes on, with its own search path.
      const path = await client.query("SHOW search_path");
      expect(path.rows[0].search_path).not.toContain(schema);
      await order(client, "o-2");
      // A whole scan of the worker, which a run that it saw would not outlast.
      const handle = await holdfast.start(invoice, { order: "beside" });
      expect(await handle.result()).toBe("sent beside");
      expect(await runIds()).not.toContain(runId);
    });
    expect(await (await holdfast.handle(runId)).result()).toBe("sent o-1");
    expect(await orders()).toEqual(["o-1", "o-2"]);
    expect((await holdfast.runs.list({ fields: { order: "o-1" } })).rows.map(({ id }) => id)).toEqual([runId]);
    const events = (await holdfast.runs.events(runId)).map(({ seq, type }) => [seq, type]);
    expect(events.slice(0, 2)).toEqual([
      [1, "run.created"],
      [2, "run.claimed"],
    ]);
    await worker.drain();
  });

  test("a rollback leaves neither the run nor the row, and its id and key are free again", async () => {
    const options = { runId: "undone", idempotencyKey: "undone-key" };
    const undone = inTransaction(async (client) => {
      await order(client, "o-3");
      await holdfast.startIn(client, invoice, { order: "o-3" }, options);
      throw new Error("the caller thought better of it");
    });
    await expect(undone).rejects.toThrow("thought better");
    expect([await orders(), await runIds()]).toEqual([["o-1", "o-2"], expect.not.arrayContaining(["undone"])]);
    const again = await inTransaction((client) => holdfast.startIn(client, invoice, { order: "o-3" }, options));
    expect(again).toEqual({ runId: "undone" });
    expect((await holdfast.runs.get("undone")).status).toBe("queued");
  });

  test("the same key is the same run, for something else it is refused; a refusal leaves the transaction usable", async () => {
    const options = { idempotencyKey: "order-4" };
    const first = await inTransaction((client) => holdfast.startIn(client, invoice, { order: "o-4" }, options));
    await inTransaction(async (client) => {
      expect(await holdfast.startIn(client, invoice, { order: "o-4" }, options)).toEqual(first);
      const other = holdfast.startIn(client, invoice, { order: "other" }, options);
      await expect(other).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
      const taken = holdfast.startIn(client, invoice, { order: "o-5" }, { runId: first.runId });
      await expect(taken).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
      const bad = holdfast.startIn(client, invoice, { order: 7 as unknown as string });
      await expect(bad).rejects.toMatchObject({ code: "BAD_INPUT" });
      await order(client, "o-5");
    });
    expect(await orders()).toContain("o-5");
    expect(await (await holdfast.start(invoice, { order: "o-4" }, options)).id).toBe(first.runId);
  });

  test("two transactions with one key at once: the second waits for the first and gets its run, or its own where that is undone", async () => {
    for (const isCommitted of [true, false]) {
      const options = { idempotencyKey: `race-${isCommitted}` };
      const [one, two] = [await pool.connect(), await pool.connect()];
      await one.query("BEGIN");
      await two.query("BEGIN");
      const first = await holdfast.startIn(one, invoice, { order: "race" }, options);
      const second = holdfast.startIn(two, invoice, { order: "race" }, options);
      await waitUntilBlocked();
      await one.query(isCommitted ? "COMMIT" : "ROLLBACK");
      expect((await second).runId === first.runId).toBe(isCommitted);
      await two.query("COMMIT");
      one.release();
      two.release();
    }
  });

  test("the example commits an order with its run, once however often it is sent", async () => {
    await using shop = await openHoldfast({
      workflows: [fulfil],
      url: `${serverUrl()}?schema=${schema}`,
      stageFiles: false,
    });
    await pool.query("CREATE TABLE orders (id text PRIMARY KEY)");
    const runId = await placeOrder(pool, shop, "o-9");
    expect(await placeOrder(pool, shop, "o-9")).toBe(runId);
    await shop.work({ untilIdle: true, workflows: ["fulfil"] });
    expect(await (await shop.handle(runId)).result()).toBe("order o-9: 1 box on its way");
    expect((await pool.query("SELECT id FROM orders")).rows).toEqual([{ id: "o-9" }]);
    await pool.query("DROP TABLE orders");
  });

  test("a user with the rights that the page names can start; without them the error says so, and the transaction goes on", async () => {
    const role = `${schema}_app`;
    await ask(`CREATE ROLE ${role}`);
    await inTransaction(async (client) => {
      await client.query(`SET LOCAL ROLE ${role}`);
      const refused = holdfast.startIn(client, invoice, { order: "o-6" });
      await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/STORE_READONLY|WRONG_USE/) });
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
    await ask(`GRANT USAGE ON SCHEMA ${schema} TO ${role};
               GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
    const { runId } = await inTransaction(async (client) => {
      await client.query(`SET LOCAL ROLE ${role}`);
      return holdfast.startIn(client, invoice, { order: "o-6" });
    });
    expect((await holdfast.runs.get(runId)).status).toBe("queued");
    await ask(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test("a serializable transaction takes it too", async () => {
    const strict = await inTransaction(
      (client) => holdfast.startIn(client, invoice, { order: "strict" }),
      "BEGIN ISOLATION LEVEL SERIALIZABLE",
    );
    expect((await holdfast.runs.get(strict.runId)).input).toEqual({ order: "strict" });
  });

  test("what is no transaction of the store's database is refused with the cure", async () => {
    const wrong = (text: RegExp) =>
      expect.objectContaining({ code: "WRONG_USE", message: expect.stringMatching(text) });
    await expect(holdfast.startIn(pool, invoice, { order: "x" })).rejects.toEqual(wrong(/send BEGIN/));
    await ask(`CREATE DATABASE ${schema}_other`);
    const other = new pg.Client({ connectionString: serverUrl().replace(/\/[^/?]*(\?|$)/, `/${schema}_other$1`) });
    await other.connect();
    await other.query("BEGIN");
    await expect(holdfast.startIn(other, invoice, { order: "x" })).rejects.toEqual(wrong(/not one of the store's/));
    expect((await other.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await other.query("COMMIT");
    await other.end();
    await ask(`DROP DATABASE ${schema}_other`);
    await using inFile = await openHoldfast({ workflows: [invoice], url: "sqlite::memory:", stageFiles: false });
    await expect(inFile.startIn(pool, invoice, { order: "x" })).rejects.toEqual(
      wrong(/this store is sqlite.*use start/),
    );
  });
});

/** A backend that waits for another's transaction. */
async function waitUntilBlocked(): Promise<void> {
  const sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO run %'";
  while ((await ask(sql)).rows.length === 0);
}
