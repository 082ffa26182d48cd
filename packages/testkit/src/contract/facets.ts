/** Facets: what a choice of a state, a workflow or an owner would leave of the runs that the other filters ask for. */
import { FACET_COUNT_MAX, type FacetQuery, type RunFacet, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { newRun, restart, runIn, type StoreFactory, startRun, withStore } from "./factory.js";
import { commit, ok, opened, usd } from "./map-pieces.js";

const inputOf = (input: unknown) => ({ inputJson: JSON.stringify(input), givenJson: JSON.stringify(input) });
const counts = (facets: readonly RunFacet[]) => Object.fromEntries(facets.map(({ value, count }) => [value, count]));

/** Of the whole store, by listing it: what the facets must say too. */
async function listed(store: Store, query: FacetQuery) {
  const { rows } = await store.listRuns({ ...query, limit: 500 });
  return rows.length;
}

async function costing(store: Store, dollars: number, change: Parameters<typeof startRun>[1] = {}) {
  const held = await startRun(store, change);
  await opened(store, held.fence);
  await commit(store, held.fence, { results: [{ ...ok(0, "a"), cost: usd(dollars) }] });
  return held.runId;
}

export function exerciseFacets(factory: StoreFactory): void {
  describe(`${factory.name}: facets`, () => {
    test("count what each other choice would leave, by whatever the list is asked for besides", () =>
      withStore(factory, async ({ store }) => {
        await store.declareSearch("brief", ["country"], 10);
        await store.createRun(newRun({ owner: "ada", ...inputOf({ country: "NO" }) }));
        await store.createRun(newRun({ owner: "bob", workflow: "other" }));
        await runIn(store, "completed", { owner: "ada", ...inputOf({ country: "NO" }) });
        await runIn(store, "completed", { workflow: "other" });
        await runIn(store, "failed", { owner: "bob", ...inputOf({ country: "SE" }) });
        await runIn(store, "paused", { owner: "ada" });
        const all = await store.countFacets({});
        expect(all.total).toEqual({ count: 6, isMore: false });
        expect(counts(all.status)).toEqual({ queued: 2, paused: 1, completed: 2, failed: 1 });
        expect(all.status.map(({ value }) => value)).toEqual(["queued", "paused", "completed", "failed"]);
        expect(all.workflow.map(({ value, count }) => [value, count])).toEqual([
          ["brief", 4],
          ["other", 2],
        ]);
        expect(counts(all.owner)).toEqual({ ada: 3, bob: 2 });

        const failed = await store.countFacets({ statuses: ["failed", "queued"] });
        expect(failed.total.count).toBe(3);
        expect(counts(failed.status)).toEqual(counts(all.status));
        expect(counts(failed.workflow)).toEqual({ brief: 2, other: 1 });
        expect(counts(failed.owner)).toEqual({ ada: 1, bob: 2 });

        const ada = await store.countFacets({ owner: "ada", workflow: "brief" });
        expect(ada.total.count).toBe(3);
        expect(counts(ada.status)).toEqual({ queued: 1, paused: 1, completed: 1 });
        expect(counts(ada.workflow)).toEqual({ brief: 3 });
        expect(counts(ada.owner)).toEqual({ ada: 3, bob: 1 });

        const norway = await store.countFacets({ fields: { country: "no" } });
        expect(counts(norway.status)).toEqual({ queued: 1, completed: 1 });
        expect(counts(norway.owner)).toEqual({ ada: 2 });
        expect((await store.countFacets({ workflow: "none" })).total).toEqual({ count: 0, isMore: false });
        for (const query of [
          { not: { owners: ["ada"] } },
          { not: { workflows: ["other"], fields: [["country", "SE"]] as const } },
          { isResumable: true },
          { idPrefix: "run" },
          { fields: { country: "SE" }, not: { owners: ["bob"] } },
          { statuses: ["completed"] as const, owner: "ada" },
          { createdSince: 0, createdBefore: 1 },
        ]) {
          expect((await store.countFacets(query)).total.count, JSON.stringify(query)).toBe(await listed(store, query));
        }
      }));

    test("stop counting at a bound, and say so", () =>
      withStore(factory, async ({ store }) => {
        const runs = Array.from({ length: FACET_COUNT_MAX + 5 }, (_, i) => newRun({ owner: i < 3 ? "few" : "many" }));
        await Promise.all(runs.map((run) => store.createRun(run)));
        const { total, status, owner } = await store.countFacets({});
        const most = { count: FACET_COUNT_MAX, isMore: true };
        expect(total).toEqual(most);
        expect(status).toEqual([{ value: "queued", ...most }]);
        expect(owner).toEqual([
          { value: "many", ...most },
          { value: "few", count: 3, isMore: false },
        ]);
      }));

    test("and lists ask for what runs cost: of the current generation, above and below an amount", () =>
      withStore(factory, async ({ store }) => {
        const cheap = await costing(store, 0.5, { owner: "ada" });
        const dear = await costing(store, 12, { owner: "ada" });
        const none = (await runIn(store, "completed")).runId;
        const nobodys = await costing(store, 99);
        const find = async (query: object) =>
          (await store.listRuns({ limit: 9, ...query })).rows.map(({ id }) => id).reverse();
        expect(await find({ costAboveUsd: 0.5 })).toEqual([dear, nobodys]);
        expect(await find({ costAboveUsd: 0.4, costBelowUsd: 50 })).toEqual([cheap, dear]);
        expect(await find({ costAboveUsd: 0.4, owner: "ada", statuses: ["running"] })).toEqual([cheap, dear]);
        expect(await find({ costBelowUsd: 0.5 })).toEqual([none]);
        expect(await find({ costAboveUsd: 1_000 })).toEqual([]);
        const facets = await store.countFacets({ costAboveUsd: 0.4 });
        expect([facets.total.count, counts(facets.owner)]).toEqual([3, { ada: 2 }]);
        expect(counts((await store.countFacets({ costBelowUsd: 0.5 })).status)).toEqual({ completed: 1 });
        const costs = await store.listCostsOf([dear, none, cheap]);
        expect([...costs].sort()).toEqual(
          [
            [cheap, usd(0.5)],
            [dear, usd(12)],
          ].sort(),
        );
        expect(await store.listCostsOf([])).toEqual(new Map());
      }));

    test("and costs begin anew with a restart", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await opened(store, fence);
        await commit(store, fence, { results: [{ ...ok(0, "a"), cost: usd(7) }] });
        await store.report(fence, { status: "failed", error: { name: "Error", message: "boom" }, reason: null });
        const dear = async () => (await store.listRuns({ limit: 9, costAboveUsd: 1 })).rows.map(({ id }) => id);
        expect(await dear()).toEqual([runId]);
        await restart(store, runId);
        expect(await dear()).toEqual([]);
        expect(await store.listCostsOf([runId])).toEqual(new Map());
      }));
  });
}
