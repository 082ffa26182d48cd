/**
 * Search fields that a workflow declares: refused at its definition, used to find runs through the library, shown in
 * the JSON of a run.
 */
import { defineWorkflow, openHoldfast, secret } from "holdfast";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const input = z.object({
  country: z.string(),
  target: z.object({ industry: z.string().optional(), key: secret(z.string()).optional() }).default({}),
  tags: z.array(z.string()).default([]),
  apiKey: secret(z.string()).optional(),
  keys: z.array(secret(z.string())).optional(),
  vault: secret(z.object({ code: z.string() })).optional(),
});
const define = (search: unknown, name = "research") =>
  defineWorkflow({ name, input, search: search as string[], run: ({ input }) => input.country });

describe("defineWorkflow({ search })", () => {
  test.each([
    [["apiKey"], /apiKey is a secret/],
    [["target.key"], /target\.key is a secret/],
    [["keys"], /keys is a secret/],
    [["vault"], /vault is a secret/],
    [["vault.code"], /vault\.code is a secret/],
    [["land"], /the input has no field land/],
    [["contry"], /no field contry\. Did you mean country/],
    [["target.industri"], /target has no field industri\. Did you mean industry/],
    [["country", "country"], /named twice/],
    [["coun try"], /"coun try" is no field/],
    [["$.country"], /is no field/],
    ["country", /a list of fields/],
    [Array.from({ length: 9 }, (_, i) => `f${i}`), /at most 8/],
  ])("refuses %j", (search, message) => {
    expect(() => define(search)).toThrow(message as RegExp);
  });

  test("of a schema that describes itself only later is refused before a run exists", async () => {
    const late = Object.create(input, { "~standard": { value: { ...input["~standard"], jsonSchema: undefined } } });
    const workflow = defineWorkflow({ name: "late", input: late, search: ["apiKey"], run: () => null });
    await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [workflow] });
    await expect(holdfast.start(workflow, { country: "NO" })).rejects.toThrow("apiKey is a secret");
    expect((await holdfast.runs.list()).rows).toEqual([]);
  });
});

describe("runs.list({ fields })", () => {
  test("finds runs by the input they were started, restarted and forked with, for all owners and for one", async () => {
    const workflow = define(["country", "target.industry", "tags"]);
    await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [workflow] });
    const start = (given: object, runId: string, owner?: string) =>
      holdfast.start(workflow, given as never, { runId, owner });
    await start({ country: "NO", target: { industry: "Energy" }, tags: ["a", "b"], apiKey: "hush" }, "one", "ada");
    await start({ country: "NO" }, "two", "bob");
    await start({ country: "SE" }, "three", "ada");
    const found = async (fields: Record<string, string>) =>
      (await holdfast.runs.list({ fields })).rows.map(({ id }) => id).sort();
    expect(await found({ country: "no" })).toEqual(["one", "two"]);
    expect(await found({ country: "NO", "target.industry": "energy" })).toEqual(["one"]);
    expect(await found({ tags: "b" })).toEqual(["one"]);
    const owned = await holdfast.forOwner("ada").runs.list({ fields: { country: "NO" } });
    expect(owned.rows.map(({ id, search }) => [id, search])).toEqual([
      ["one", { country: "NO", "target.industry": "Energy", tags: ["a", "b"] }],
    ]);
    await holdfast.work({ untilIdle: true });
    await holdfast.runs.restart("two", { set: { country: "DK" } });
    expect(await found({ country: "NO" })).toEqual(["one"]);
    expect(await found({ country: "DK" })).toEqual(["two"]);
    expect((await holdfast.runs.get("two")).search).toMatchObject({ country: "DK" });
    await expect(found({ contry: "NO" })).rejects.toThrow('"contry" is no search field; did you mean country?');
    await expect(found({ country: 7 as never })).rejects.toThrow("fields.country: a text is expected");
  });

  test("finds runs that a workflow without the declaration started before", async () => {
    const before = define([]);
    const { store, ...rest } = await openHoldfast({ url: "sqlite::memory:", workflows: [before] });
    for (let i = 0; i < 30; i++) await rest.start(before, { country: i % 3 === 0 ? "NO" : "SE" });
    const { createHoldfast } = await import("holdfast/store");
    await using after = createHoldfast({ store, workflows: [define(["country"])], dataDir: rest.dataDir });
    expect((await after.runs.list({ fields: { country: "NO" } })).rows).toHaveLength(10);
  });

  test("says so if no workflow declares any", async () => {
    await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [define([])] });
    const query = { fields: { country: "NO" } };
    await expect(holdfast.runs.list(query)).rejects.toThrow("no workflow declares any");
  });
});
