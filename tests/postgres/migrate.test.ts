/** A schema of an earlier version is brought to today's, with all it holds. */
import { RECOVERY_DEFAULTS } from "@holdfast/core";
import { openPostgresStore } from "@holdfast/store-postgres";
import { describe, expect, test } from "vitest";
import { ask, newSchema, problem, serverUrl, title } from "./world.js";

const TERMS = {
  holder: { name: "a", host: "h", pid: 1, bootId: "b", pidNamespace: "pid:[1]", processStart: "1" },
  leaseMs: 60_000,
};

describe.skipIf(problem !== null)(title("a schema of version 1"), () => {
  test("gets the causes of its failed items and runs", async () => {
    const schema = newSchema();
    const options = { url: serverUrl(), schema };
    const store = await openPostgresStore(options);
    const start = async (id: string) => {
      const created = await store.createRun({
        ...{
          id: id as never,
          workflow: "brief",
          version: null,
          owner: null,
          inputJson: "{}",
          givenJson: null,
          stages: null,
        },
        ...{ policy: RECOVERY_DEFAULTS, through: null, idempotencyKey: null, forkedFrom: null, claim: TERMS },
      });
      if (created.kind !== "created" || created.claim === null) throw new Error(created.kind);
      return { runId: created.claim.run.id, token: created.claim.token, nonce: created.claim.nonce };
    };
    const fence = await start("items");
    const map = { stage: "rate", configHash: "c", configJson: null, sourceDigest: "s", total: 3, adoptConfig: false };
    await store.openMap(fence, map);
    const failed = (index: number, category: string | null) => ({
      ...{
        index,
        key: `k${index}`,
        attempt: 1,
        outcome: "error" as const,
        outputJson: null,
        category,
        itemSha256: null,
      },
      ...{ errorJson: `{"name":"Error","message":"row ${index}"}`, ms: 5, usageJson: null },
      cost: { nanos: 0, unpricedCalls: 0, unpricedTokens: 0 },
    });
    await store.commitMap(fence, {
      ...{
        stage: "rate",
        intents: [],
        failures: [],
        lowWater: 3,
        intentLow: 0,
        total: 3,
        committedNanos: 0,
        events: [],
      },
      ...{ results: [failed(0, "server"), failed(1, "server"), failed(2, null)] },
      progress: { items: null, label: null },
    });
    const error = { name: "Error", message: "boom" };
    await store.report(await start("whole"), { status: "failed", error, reason: null });
    await store.close();

    const causes = async () => [
      (await ask(`SELECT key, cause FROM ${schema}.item_result ORDER BY key`)).rows,
      (await ask(`SELECT run_id, cause FROM ${schema}.run ORDER BY run_id`)).rows,
      (await ask(`SELECT cause, run_k FROM ${schema}.run_cause ORDER BY cause, run_k`)).rows,
    ];
    const recorded = await causes();
    expect(recorded[2]).toHaveLength(3);
    await ask(`DROP INDEX ${schema}.item_cause; ALTER TABLE ${schema}.item_result DROP COLUMN cause;
      ALTER TABLE ${schema}.run DROP COLUMN cause; DROP TABLE ${schema}.run_cause;
      ALTER TABLE ${schema}.map DROP COLUMN models; DROP TABLE ${schema}.wait; DROP INDEX ${schema}.live_waiting;
      DROP TABLE ${schema}.presence; DROP TABLE ${schema}.family_end; DROP TABLE ${schema}.published;
      DROP TABLE ${schema}.signal;
      ALTER TABLE ${schema}.run DROP COLUMN parent_k, DROP COLUMN parent_stage, DROP COLUMN parent_generation,
        DROP COLUMN parent_rule, DROP COLUMN life_from, DROP COLUMN continued_since, DROP COLUMN continued_count;
      DROP TABLE ${schema}.schedule; DROP TABLE ${schema}.schedule_tick; ALTER TABLE ${schema}.run DROP COLUMN schedule_k;
      ALTER TABLE ${schema}.run DROP COLUMN priority, DROP COLUMN tags, DROP COLUMN dedupe_key;
      ALTER TABLE ${schema}.run_live DROP COLUMN priority, DROP COLUMN rank, DROP COLUMN not_before,
        DROP COLUMN dedupe, DROP COLUMN is_successor, DROP COLUMN quiet_until;
      DO $$ DECLARE f regprocedure; BEGIN
        FOR f IN SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                  WHERE n.nspname = '${schema}' AND p.proname ~ '_v[0-9]+$' LOOP EXECUTE 'DROP FUNCTION ' || f; END LOOP;
      END $$;
      UPDATE ${schema}.schema_version SET version = 1`);
    const again = await openPostgresStore(options);
    expect(await causes()).toEqual(recorded);
    const { cause } = (recorded[0] ?? [])[0] as { cause: string };
    expect((await again.listRuns({ cause, limit: 5 })).rows.map(({ id }) => id)).toEqual(["items"]);
    await again.close();
  });
});
