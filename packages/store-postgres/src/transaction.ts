/** A transaction of plain statements, for what no function of the database does for many at once. */
import type pg from "pg";
import type { Durability } from "./batch.js";
import { type NameCache, SqlContext } from "./context.js";
import { newNonce } from "./nonce.js";
import { flushHeld } from "./sql/fence.js";

/** The connection was lost between the commit and its answer: nobody knows whether it is written. */
export class CommitUnanswered extends Error {
  constructor(override readonly cause: unknown) {
    super("the commit was not answered");
  }
}

export async function transaction<T>(
  client: Pick<pg.ClientBase, "query">,
  names: NameCache,
  durability: Durability,
  work: (ctx: SqlContext) => Promise<T>,
): Promise<T> {
  const soft = durability === "soft" ? "SET LOCAL synchronous_commit = off;" : "";
  let isCommitting = false;
  try {
    const ctx = await contextOf(client, names, `BEGIN; ${soft} SELECT now_ms() AS now`);
    const result = await work(ctx);
    await flushHeld(ctx);
    isCommitting = true;
    await client.query("COMMIT");
    // A crash of the server can take a soft commit back: the number of what it made must not be used after that.
    if (durability === "strict") ctx.keepNames();
    return result;
  } catch (thrown) {
    await client.query("ROLLBACK").catch(() => {});
    throw isCommitting ? new CommitUnanswered(thrown) : thrown;
  }
}

export async function contextOf(
  client: Pick<pg.ClientBase, "query">,
  names: NameCache,
  sql: string,
): Promise<SqlContext> {
  const answered = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
  const last = Array.isArray(answered) ? (answered.at(-1) as pg.QueryResult) : answered;
  const { now } = last.rows[0] as { now: number };
  return new SqlContext(client, now, names, newNonce);
}
