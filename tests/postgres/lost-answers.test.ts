/** Claims whose commit was made and whose answer was cut off: the process asks what it has taken, and no run waits for its lease to end. */
import type { Claim, Fence, RunId, Store } from "@holdfast/core";
import { openPostgresStore } from "@holdfast/store-postgres";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { holderOf, newRun, resume } from "../../packages/testkit/src/contract/factory.js";
import { type Cut, startCuttingProxy } from "./fixture/cutting-proxy.mjs";
import { ask, newSchema, problem, serverUrl, title } from "./world.js";

const stores: Store[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
});

const holder = holderOf("worker-a");
const request = { holder, leaseMs: 600_000, workflows: ["brief"], limit: 2 };
const fenceOf = ({ run, token, nonce }: Claim): Fence => ({ runId: run.id, token, nonce });

async function makeWorld() {
  const schema = newSchema();
  const proxy = await startCuttingProxy(serverUrl());
  onTestFinished(proxy.stop);
  const open = async (url: string) => {
    const store = await openPostgresStore({ url, schema });
    stores.push(store);
    return store;
  };
  const [store, direct] = [await open(proxy.url), await open(serverUrl())];
  const create = async (count: number) => {
    const runs = Array.from({ length: count }, () => newRun());
    for (const run of runs) await direct.createRun(run);
    return runs.map(({ id }) => id);
  };
  /** The next message with this text, once. */
  const cutNext = (text: string, how: Cut) => {
    let isDone = false;
    proxy.cut = (message) => {
      if (isDone || !message.includes(text)) return null;
      isDone = true;
      return how;
    };
  };
  /** Its names are known to the process: from now on a claim is one statement. */
  const warm = async () => {
    const [id] = await create(1);
    const [claim] = await store.claim(request);
    expect(claim?.run.id).toBe(id);
    await store.report(fenceOf(claim as Claim), {
      status: "completed",
      output: { kind: "inline", json: "1" },
      stageCount: 0,
    });
  };
  const isHeld = async (id: RunId) => (await direct.getLease(id)) !== null;
  return { schema, proxy, store, direct, create, cutNext, warm, isHeld };
}

describe.skipIf(problem !== null)(title("answers of PostgreSQL that are lost"), () => {
  for (const [how, text] of [
    ["in one statement", "claim_v"],
    ["in a transaction", "COMMIT"],
  ] as const) {
    test(`a claim ${how}: what it took is found at once, under its fence, with a whole lease`, async () => {
      const { store, direct, proxy, create, cutNext, warm, isHeld } = await makeWorld();
      if (text === "claim_v") await warm();
      const ids = await create(3);
      cutNext(text, "answered");
      const claims = await store.claim(request);
      expect(proxy.cutCount()).toBe(1);
      expect(claims.map(({ run }) => run.id).sort()).toEqual(ids.slice(0, 2).sort());
      for (const claim of claims) {
        expect(await isHeld(claim.run.id)).toBe(true);
        expect(claim.run).toEqual(await direct.getRun(claim.run.id));
        expect(await store.beat([{ ...fenceOf(claim), leaseMs: 600_000 }])).toEqual([{ kind: "extended", wish: null }]);
      }
      // Nothing is given out twice.
      expect((await store.claim(request)).map(({ run }) => run.id)).toEqual(ids.slice(2));
      expect(await store.claim(request)).toEqual([]);
    });
  }

  test("a claim that the server comes to only later is found by the next one, and never twice; other holders and workflows do not get it", async () => {
    const { store, direct, proxy, create, cutNext, warm } = await makeWorld();
    await warm();
    const ids = await create(3);
    cutNext("claim_v", "held");
    await expect(store.claim(request)).rejects.toMatchObject({
      code: "STORE_UNREACHABLE",
      details: { isAnswerLost: true },
    });
    expect(await Promise.all(ids.map((id) => direct.getLease(id)))).toEqual([null, null, null]);
    await proxy.deliver();
    expect((await Promise.all(ids.map((id) => direct.getLease(id)))).filter((lease) => lease !== null)).toHaveLength(2);
    expect(await store.claim({ ...request, workflows: ["other"] })).toEqual([]);
    const others = await store.claim({ ...request, holder: holderOf("worker-b") });
    expect(others.map(({ run }) => run.id)).toEqual(ids.slice(2));
    // As many as are wanted, also of those that were found.
    const found = await store.claim({ ...request, limit: 1 });
    const more = await store.claim({ ...request, limit: 1 });
    expect([...found, ...more].map(({ run }) => run.id).sort()).toEqual(ids.slice(0, 2).sort());
    expect(await store.claim(request)).toEqual([]);
  });

  test("two claims of a holder at the same time share what an earlier one took; neither gets a run of the other", async () => {
    const { store, proxy, create, cutNext, warm } = await makeWorld();
    await warm();
    const ids = await create(2);
    cutNext("claim_v", "held");
    await expect(store.claim(request)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    await proxy.deliver();
    const claims = (await Promise.all([store.claim(request), store.claim(request), store.claim(request)])).flat();
    expect(claims.map(({ run }) => run.id).sort()).toEqual([...ids].sort());
  });

  test("a run that was taken over meanwhile is not found", async () => {
    const { schema, store, direct, proxy, create, cutNext, warm } = await makeWorld();
    await warm();
    const [id] = (await create(1)) as [RunId];
    cutNext("claim_v", "held");
    await expect(store.claim(request)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    await proxy.deliver();
    await ask(`UPDATE ${schema}.run_live SET phase = 0, nonce = NULL, wake_at = 0`);
    const [other] = await direct.claim({ ...request, holder: holderOf("worker-b") });
    expect(other?.run.id).toBe(id);
    expect(await store.claim(request)).toEqual([]);
  });

  test("a new run and a resumed one that are claimed as they begin are answered too", async () => {
    const { store, create, cutNext, direct } = await makeWorld();
    const claim = { holder, leaseMs: 600_000 };
    cutNext("COMMIT", "answered");
    const run = newRun({ claim });
    expect(await store.createRun(run)).toMatchObject({
      kind: "created",
      claim: { run: { id: run.id, status: "running" } },
    });
    const [id] = (await create(1)) as [RunId];
    await direct.steer({ runId: id, wish: "pause", reason: "later", by: "ann" });
    cutNext("COMMIT", "answered");
    const resumed = await resume(store, id, claim);
    expect(resumed).toMatchObject({ kind: "claimed", claim: { run: { id, status: "running" } } });
  });
});
