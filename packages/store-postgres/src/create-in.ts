/**
 * A run within a transaction of the caller: written by the caller's client, committed or rolled back with whatever else it
 * wrote there. Names that several runs refer to are made before, in a transaction of ours: a caller who takes long to commit
 * would keep every other start of the workflow waiting for them.
 *
 * The caller's transaction is left as it was found: its search path is put back, and a statement that fails undoes ours alone.
 */
import { type CreateOutcome, type RunCreate, type RunId, type SqlTransaction, WrongUseError } from "@holdfast/core";
import pg from "pg";
import { quoteName } from "./connections.js";
import { NameCache, SqlContext } from "./context.js";
import type { Database } from "./database.js";
import { codeOf, isDeadlock, toStoreError } from "./postgres-errors.js";
import { createRun } from "./sql/create-runs.js";
import { readSalt } from "./sql/erased-keys.js";
import { flushHeld } from "./sql/fence.js";
import { dedupe } from "./sql/moves.js";
import { definitionKey, workflowKey } from "./sql/names.js";

type Answer = { rows: unknown[]; fields?: readonly { name: string; dataTypeID: number }[] };

export async function createRunIn(db: Database, given: SqlTransaction, create: RunCreate): Promise<CreateOutcome> {
  const { version, stages, policy, workflow } = create;
  const home = await db.write("strict", null, async (ctx) => {
    const workflowK = await workflowKey(ctx, workflow);
    await definitionKey(ctx, workflowK, { version, stages, policyJson: JSON.stringify(policy) });
    const schema = (await ctx.get<{ name: string }>("SELECT current_schema() AS name"))?.name ?? "";
    return { schema, salt: await readSalt(ctx) };
  });
  const query = async (text: string, values?: unknown[]) => withNumbers(await given.query(text, values));
  await beginWithin(query);
  try {
    const [before] = (await query("SELECT current_setting('search_path') AS path")).rows as { path: string }[];
    await query("SELECT set_config('search_path', $1, true)", [quoteName(home.schema)]);
    const [clock] = (await query("SELECT now_ms() AS now")).rows as { now: number }[];
    const client = { query } as unknown as ConstructorParameters<typeof SqlContext>[0];
    // Names of its own: what is made here may never be committed.
    const ctx = new SqlContext(client, Number(clock?.now), new NameCache(), () => "");
    if (!(await readSalt(ctx)).equals(home.salt)) throw elsewhere(db.location);
    const result = await createRun(ctx, { ...create, claim: null }, dedupe);
    await flushHeld(ctx);
    await query("SELECT set_config('search_path', $1, true)", [before?.path ?? ""]);
    await query("RELEASE SAVEPOINT holdfast_start");
    return result.kind === "created" ? { kind: "created", claim: null } : { ...result, runId: result.runId as RunId };
  } catch (thrown) {
    await query("ROLLBACK TO SAVEPOINT holdfast_start").catch(() => {});
    await query("RELEASE SAVEPOINT holdfast_start").catch(() => {});
    const code = codeOf(thrown);
    if (code === "42P01" || code === "42883") throw elsewhere(db.location);
    // The caller repeats the whole transaction, and knows by the driver's own code that it must.
    throw isDeadlock(thrown) ? thrown : toStoreError(thrown, db.location, false);
  }
}

/** @throws {WrongUseError} WRONG_USE — outside a transaction, a savepoint is refused. */
async function beginWithin(query: SqlTransaction["query"]): Promise<void> {
  try {
    await query("SAVEPOINT holdfast_start");
  } catch (thrown) {
    if (codeOf(thrown) === "25P01") {
      const problem =
        "startIn writes the run in a transaction that you have begun: send BEGIN on one client of your pool first, and pass that client, not the pool.";
      throw new WrongUseError({ problem }, { cause: thrown });
    }
    throw thrown;
  }
}

const elsewhere = (location: string) =>
  new WrongUseError({
    problem: `The transaction given to startIn is not one of the store's database, ${location}: connect the client to that database, with rights to its schema.`,
  });

/** The caller's client may give whole numbers of eight bytes as texts; none of the store's is past 2^53. */
function withNumbers(answer: Answer): Answer {
  const names = (answer.fields ?? []).filter(({ dataTypeID }) => dataTypeID === pg.types.builtins.INT8);
  if (names.length === 0) return answer;
  for (const row of answer.rows as Record<string, unknown>[]) {
    for (const { name } of names) if (row[name] !== null) row[name] = Number(row[name]);
  }
  return answer;
}
