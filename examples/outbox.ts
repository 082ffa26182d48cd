/**
 * A row and the run that follows from it, committed together: what is otherwise built by hand as an outbox. If the process dies
 * before COMMIT there is neither; after it there are both, and any worker of the store executes the run.
 *
 * The idempotency key makes the whole call repeatable: after a lost answer, the same order starts no second run.
 */
import { defineWorkflow, type Holdfast } from "holdfast";
import type { Pool } from "pg";
import { z } from "zod";

export const fulfil = defineWorkflow({
  name: "fulfil",
  input: z.object({ orderId: z.string() }),
  stages: ["pack", "ship"],
  async run({ input, stage }) {
    const parcel = await stage("pack", () => ({ orderId: input.orderId, boxes: 1 }));
    return stage("ship", () => `order ${parcel.orderId}: ${parcel.boxes} box on its way`);
  },
});

/** `holdfast` is open over the same database that the pool is connected to. */
export async function placeOrder(pool: Pool, holdfast: Holdfast, orderId: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("INSERT INTO orders (id) VALUES ($1) ON CONFLICT DO NOTHING", [orderId]);
    const { runId } = await holdfast.startIn(client, fulfil, { orderId }, { idempotencyKey: orderId });
    await client.query("COMMIT");
    return runId;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
