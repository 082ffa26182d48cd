/** Search fields: which values find which runs, before and after the fields were declared, and after inputs change. */
import { describe, expect, test } from "vitest";
import { newRun, restart, runIn, type StoreFactory, stampOf, startRun, withStore } from "./factory.js";

const inputOf = (input: unknown) => ({ inputJson: JSON.stringify(input), givenJson: JSON.stringify(input) });

export function exerciseSearch(factory: StoreFactory): void {
  describe(`${factory.name}: search fields`, () => {
    const find = async (store: Parameters<Parameters<typeof withStore>[1]>[0]["store"], query: object) =>
      (await store.listRuns({ limit: 50, ...query })).rows.map(({ id }) => id).reverse();

    test("find runs created before and after their declaration, whatever their state, newest first, page by page", () =>
      withStore(factory, async ({ store }) => {
        const old = newRun({ ...inputOf({ country: "NO", n: 1 }) });
        await store.createRun(old);
        const ended = await runIn(store, "completed", inputOf({ country: "no", n: 2 }));
        for (let i = 0; i < 5; i++) await store.createRun(newRun(inputOf({ country: "SE", n: i })));
        expect(await store.listSearchFields()).toEqual([]);
        let calls = 1;
        while (!(await store.declareSearch("brief", ["country", "n"], 3))) calls++;
        expect(calls).toBeGreaterThan(2);
        expect(await store.listSearchFields()).toEqual([
          { workflow: "brief", field: "country" },
          { workflow: "brief", field: "n" },
        ]);
        const young = newRun({ owner: "ada", ...inputOf({ country: "NO", n: 1 }) });
        await store.createRun(young);
        const other = newRun({ workflow: "other", ...inputOf({ country: "NO" }) });
        await store.createRun(other);
        const byCountry = (country: string) => ({ fields: { country } });
        expect(await find(store, byCountry("NO"))).toEqual([old.id, ended.runId, young.id]);
        expect(await find(store, byCountry("nO"))).toHaveLength(3);
        expect(await find(store, byCountry("N"))).toEqual([]);
        expect(await find(store, { fields: { country: "NO", n: "1" } })).toEqual([old.id, young.id]);
        expect(await find(store, { ...byCountry("NO"), owner: "ada" })).toEqual([young.id]);
        expect(await find(store, { ...byCountry("NO"), status: "completed" })).toEqual([ended.runId]);
        expect(await find(store, { ...byCountry("NO"), workflow: "other" })).toEqual([]);
        expect(await find(store, { fields: { planet: "NO" } })).toEqual([]);
        const first = await store.listRuns({ ...byCountry("no"), limit: 2 });
        expect(first.rows.map(({ id }) => id)).toEqual([young.id, ended.runId]);
        const second = await store.listRuns({ ...byCountry("no"), limit: 2, cursor: first.next ?? "" });
        expect([second.rows.map(({ id }) => id), second.next]).toEqual([[old.id], null]);
        expect((await store.getRun(old.id))?.search).toEqual({ country: "NO", n: 1 });
        expect((await store.getRun(other.id))?.search).toEqual({});
        await store.declareSearch("other", ["country"], 10);
        expect(await find(store, byCountry("NO"))).toHaveLength(4);
      }));

    test("texts, numbers, booleans and lists of them are values; objects, null and missing fields are not", () =>
      withStore(factory, async ({ store }) => {
        await store.declareSearch("brief", ["a", "b.c", "quote"], 10);
        const make = async (input: unknown) => {
          const run = newRun(inputOf(input));
          await store.createRun(run);
          return run.id;
        };
        const list = await make({ a: ["x", "Y", 3, null] });
        const truth = await make({ a: true, b: { c: false } });
        const number = await make({ a: 1.5, b: { c: 0 } });
        const long = await make({ a: "z".repeat(300), b: null });
        const odd = await make({ a: "50% 'of' \"all\"", quote: "\u0000" });
        for (const none of [{}, { a: null }, { a: {} }, { a: [] }, { b: [] }, 7, "text", null, ["a"]]) await make(none);
        const found = (field: string, value: string) => find(store, { fields: { [field]: value } });
        expect(await found("a", "y")).toEqual([list]);
        expect(await found("a", "3")).toEqual([list]);
        expect(await found("a", "true")).toEqual([truth]);
        expect(await found("b.c", "false")).toEqual([truth]);
        expect(await found("a", "1.5")).toEqual([number]);
        expect(await found("b.c", "0")).toEqual([number]);
        expect(await found("a", "z".repeat(300))).toEqual([long]);
        expect(await found("a", "50% 'of' \"all\"")).toEqual([odd]);
        expect(await found("a", "null")).toEqual([]);
        expect((await store.getRun(truth))?.search).toEqual({ a: true, "b.c": false });
        expect((await store.getRun(number))?.search).toEqual({ a: 1.5, "b.c": 0 });
      }));

    test("a changed input is found only by its new value, and a removed run by none", () =>
      withStore(factory, async ({ store }) => {
        await store.declareSearch("brief", ["country"], 10);
        const { runId } = await runIn(store, "failed", inputOf({ country: "NO" }));
        await restart(store, runId, { input: inputOf({ country: "SE" }) });
        const found = (country: string) => find(store, { fields: { country } });
        expect([await found("NO"), await found("SE")]).toEqual([[], [runId]]);
        await store.deleteRun(runId);
        const { runId: ended } = await runIn(store, "completed", inputOf({ country: "SE" }));
        const [finished] = (await store.listFinished({ olderThanMs: 0, limit: 1 })).rows;
        if (finished === undefined) throw new Error(`${ended} is not listed`);
        await store.removeFinished(finished, stampOf("cleanup"));
        expect(await found("SE")).toEqual([]);
        await startRun(store);
        expect(await found("SE")).toEqual([]);
      }));

    test("exclusions and time ranges combine with every other filter", () =>
      withStore(factory, async ({ store }) => {
        for (const workflow of ["brief", "other"]) await store.declareSearch(workflow, ["country"], 10);
        for (const [index, status] of (["completed", "failed", "paused", "completed"] as const).entries())
          await runIn(store, status, inputOf({ country: index % 2 === 0 ? "NO" : "SE" }));
        for (let i = 0; i < 8; i++) {
          const owner = [null, "ada", "bob"][i % 3] ?? null;
          const input = i === 7 ? {} : { country: i < 4 ? "no" : "SE" };
          await store.createRun(newRun({ workflow: i % 2 === 0 ? "brief" : "other", owner, ...inputOf(input) }));
        }
        const { rows: all } = await store.listRuns({ limit: 50 });
        const middle = all[5]?.createdAt ?? 0;
        const countryOf = ({ search }: (typeof all)[number]) => String(search.country ?? "").toLowerCase();
        for (const workflows of [undefined, ["other"], ["brief", "none"]])
          for (const owners of [undefined, ["ada"], ["ada", "bob"]])
            for (const fields of [undefined, [["country", "NO"] as const]])
              for (const times of [{}, { createdSince: middle }, { createdBefore: middle }])
                for (const more of [
                  {},
                  { owner: "bob" },
                  { statuses: ["queued", "failed"] as const },
                  { idPrefix: "" },
                ]) {
                  const { createdSince = 0, createdBefore = Number.MAX_SAFE_INTEGER } = times as Record<string, number>;
                  const wanted = all.filter(
                    (run) =>
                      !workflows?.includes(run.workflow) &&
                      !owners?.includes(run.owner ?? "") &&
                      (fields === undefined || countryOf(run) !== "no") &&
                      run.createdAt >= createdSince &&
                      run.createdAt < createdBefore &&
                      (!("owner" in more) || run.owner === more.owner) &&
                      (!("statuses" in more) || (more.statuses as readonly string[]).includes(run.status)),
                  );
                  const query = { not: { workflows, owners, fields }, ...times, ...more };
                  const found = await store.listRuns({ limit: 50, ...query });
                  expect(
                    found.rows.map(({ id }) => id),
                    JSON.stringify(query),
                  ).toEqual(wanted.map(({ id }) => id));
                }
      }));
  });
}
