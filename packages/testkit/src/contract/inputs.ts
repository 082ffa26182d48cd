/** Data given at a run's start beside its record: secrets, and the meaning of an idempotency key. */
import type { RunId } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { newRun, type StoreFactory, withStore } from "./factory.js";

export function exerciseInputs(factory: StoreFactory): void {
  describe(`${factory.name}: inputs`, () => {
    test("keeps secrets apart: read only on request, replaced with the input, removed with the run", () =>
      withStore(factory, async ({ store }) => {
        const plain = newRun();
        await store.createRun(plain);
        expect([await store.getSecrets(plain.id), await store.getSecrets("no-such")]).toEqual([null, null]);
        expect((await store.getRun(plain.id))?.hasSecrets).toBe(false);
        const { id: runId } = newRun();
        await store.createRun(newRun({ id: runId, secretsJson: '{"input":{"/key":"canary"}}' }));
        expect(await store.getSecrets(runId)).toBe('{"input":{"/key":"canary"}}');
        const run = await store.getRun(runId);
        expect(run?.hasSecrets).toBe(true);
        const { rows } = await store.listRuns({ limit: 10 });
        const events = await store.listEvents(runId as RunId, { after: 0, limit: 10 });
        expect(JSON.stringify([run, rows, events])).not.toContain("canary");
        const ask = { runId: runId as RunId, by: "ada", claim: null };
        const input = { inputJson: "{}", givenJson: "{}", secretsJson: '{"input":{}}' };
        await store.requeue({
          ...ask,
          ...{ from: ["queued"], through: null, isByPerson: true, directive: null, deadHolder: null, input },
        });
        expect(await store.getSecrets(runId)).toBe(input.secretsJson);
        await store.steer({ runId: ask.runId, wish: "cancel", reason: null, by: "ada" });
        await store.restart({ ...ask, version: null, stages: null, input: null });
        expect(await store.getSecrets(runId)).toBe(input.secretsJson);
        await store.steer({ runId: ask.runId, wish: "cancel", reason: null, by: "ada" });
        await store.restart({ ...ask, version: null, stages: null, input: { inputJson: "{}", givenJson: "{}" } });
        expect(await store.getSecrets(runId)).toBeNull();
        await store.steer({ runId: ask.runId, wish: "cancel", reason: null, by: "ada" });
        await store.deleteRun(ask.runId);
        expect(await store.getSecrets(runId)).toBeNull();
      }));

    test("reports whether an idempotency key is reused for its first request, whatever became of the run", () =>
      withStore(factory, async ({ store }) => {
        const keyed = (key: string, hash: string | null) =>
          store.createRun(newRun({ idempotencyKey: key, idempotencyHash: hash }));
        const first = newRun({ idempotencyKey: "k", idempotencyHash: "h1" });
        await store.createRun(first);
        const answer = (isSameUse: boolean) => ({ kind: "existing", runId: first.id, isSameUse });
        expect(await keyed("k", "h1")).toEqual(answer(true));
        expect(await keyed("k", "h2")).toEqual(answer(false));
        expect(await keyed("k", null)).toEqual(answer(true));
        const former = (hash: string) =>
          store.createRun(newRun({ idempotencyKey: "k", idempotencyHash: "new", formerIdempotencyHash: hash }));
        expect([await former("h1"), await former("h2")]).toEqual([answer(true), answer(false)]);
        await store.steer({ runId: first.id, wish: "cancel", reason: null, by: "ada" });
        const input = { inputJson: '{"topic":"ebb"}', givenJson: '{"topic":"ebb"}' };
        await store.restart({ runId: first.id, by: "ada", version: "2", stages: null, claim: null, input });
        expect([await keyed("k", "h1"), await keyed("k", "h2")]).toEqual([answer(true), answer(false)]);
        await keyed("without", null);
        expect(await keyed("without", "h1")).toMatchObject({ kind: "existing", isSameUse: true });
      }));
  });
}
