/**
 * docs/run-record.md compared with the record itself: a field that is added, renamed or removed fails here until the
 * page is updated.
 */
import { readFile } from "node:fs/promises";
import { RUN_RECORD_FIELDS } from "@holdfast/core";
import { defineWorkflow, openHoldfast } from "holdfast";
import { migrateRunRecord, validateRunRecord } from "holdfast/store";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const page = await readFile(new URL("../../docs/run-record.md", import.meta.url), "utf8");
const section = (title: string) => page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const example = JSON.parse(section("Example").match(/```json\n([\s\S]*?)```/)?.[1] ?? "null") as Record<
  string,
  unknown
>;

const workflow = defineWorkflow({
  name: "brief",
  input: z.object({ topic: z.string() }),
  stages: ["write"],
  run: ({ input, stage }) => stage("write", () => input.topic),
});

describe("docs/run-record.md", () => {
  test("has a row for each field of the record, in its order", () => {
    const rows = [...section("Fields").matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    expect(rows).toEqual(RUN_RECORD_FIELDS);
  });

  test("its example has every field, and is a valid record", () => {
    expect(Object.keys(example)).toEqual(RUN_RECORD_FIELDS);
    expect(validateRunRecord(example)).toEqual(example);
    expect(migrateRunRecord(example)).toEqual(example);
  });

  test("an example that breaks an invariant is refused, naming the field", () => {
    const broken = [
      [{ finishedAt: 1 }, "finishedAt"],
      [{ status: "completed" }, "finishedAt"],
      [{ status: "paused" }, "lease"],
      [{ lastErrorAt: "yesterday" }, "lastErrorAt"],
      [{ lastError: null }, "lastErrorAt"],
      [{ deaths: -1 }, "deaths"],
      [{ head: undefined }, "head"],
    ] as const;
    for (const [change, field] of broken) {
      expect(() => validateRunRecord({ ...example, ...change }), field).toThrow(field);
    }
  });

  test("a record of the store has these fields, and its JSON has the differences that the page states", async () => {
    await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [workflow] });
    await holdfast.run(workflow, { topic: "tides" }, { runId: "r" });
    const record = (await holdfast.store.getRun("r")) as object;
    expect(Object.keys(record).sort()).toEqual([...RUN_RECORD_FIELDS].sort());
    const json = Object.keys(await holdfast.runs.get("r"));
    const told = section("As JSON");
    const [leftOut = "", added = ""] = told.split("They add");
    const names = (text: string) => [...text.matchAll(/`(\w+)`/g)].map((match) => match[1]);
    const toldOfAdded = names(added.split("`stages`")[0] ?? "");
    expect(RUN_RECORD_FIELDS.filter((field) => !json.includes(field)).sort()).toEqual(
      names(leftOut.split("needs:")[1] ?? "").sort(),
    );
    expect(json.filter((field) => !(RUN_RECORD_FIELDS as readonly string[]).includes(field))).toEqual(toldOfAdded);
  });
});
