import { rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { placesOf, rankedRows } from "./export/rows.js";
import { leadQualificationInput } from "./input.js";
import { HEADER, openRuns, PROFILE } from "./run.fixture.js";

const ROWS = `${HEADER}
https://www.good.example/,Good AS,Norway,50,Frozen fish and chilled meat.
half.example,"=HYPERLINK(""http://x"")",NOR,,Frozen peas.
far.example,Far Ltd,Japan,50,Frozen fish.
dry.example,Dry AS,NO,500,It stores no frozen goods.
silent.example,,,30,
`;

describe("a run without a model", () => {
  test("ranks with a reason for each criterion, reports tiers and the best, and says that word matches replaced a judgment", async () => {
    const { holdfast, workflow, input, ranked, csv } = await openRuns({ rows: ROWS });
    const { handle, done } = await holdfast.startHere(workflow, input);
    await done;
    const output = await handle.result();
    expect(output).toMatchObject({
      profile: "test",
      method: "local (word match)",
      prospects: 5,
      tiers: { A: 1, B: 2, below: 1, disqualified: 1, failed: 0 },
      toCheck: 1,
      costUsd: 0,
      ranked: { kind: "artifact", name: "ranked.csv" },
    });
    expect(output.top.map(({ key, score }) => [key, score])).toEqual(
      [
        ["good.example", 100],
        ["half.example", 50],
        ["silent.example", 62.5],
        ["dry.example", 0],
      ].sort((a, b) => Number(b[1]) - Number(a[1])),
    );
    const rows = await ranked(handle);
    expect(rows.map(({ rank, key, tier }) => [rank, key, tier])).toEqual([
      [1, "good.example", "A"],
      [2, "silent.example", "B"],
      [3, "half.example", "B"],
      [4, "dry.example", "below"],
      [null, "far.example", "disqualified"],
    ]);
    expect(rows[1]).toMatchObject({ to_check: ["where"], known_percent: 25, method: "rules", company: null });
    expect(rows[1]?.criteria.cold).toEqual({ fit: null, points: 37.5, why: "unknown: description is empty" });
    expect(rows[2]?.criteria.size).toEqual({ fit: null, points: 12.5, why: "unknown: employees is empty" });
    expect(rows[3]?.criteria.cold?.why).toBe("local word match: none of 2; negated: frozen");
    expect(rows[4]).toMatchObject({ score: null, disqualified_by: ["where"], method: "local" });
    const lines = (await csv(handle)).split("\r\n");
    expect(lines[0]).toBe(
      "\uFEFFrank,key,company,tier,score,known_percent,where_points,where_why,size_points,size_why,cold_points,cold_why,disqualified_by,to_check,method,error,domain,country,employees,description",
    );
    expect(lines[3]).toContain(`3,half.example,"'=HYPERLINK(""http://x"")",B,50,`);
    expect(lines).toHaveLength(7);
  });

  test("scores of synthetic prospects are marked beside each figure, in every output", async () => {
    const rows = ROWS.split("\n").map((line, i) => (line === "" ? "" : `${line},${i === 0 ? "source" : "synthetic"}`));
    const runs = await openRuns({ rows: rows.join("\n") });
    const { handle, done } = await runs.holdfast.startHere(runs.workflow, runs.input);
    await done;
    const output = await handle.result();
    expect(Object.keys(output)[0]).toBe("data");
    const marked = expect.objectContaining({ data: "synthetic" });
    expect(output).toMatchObject({ data: "synthetic", top: Array(4).fill(marked) });
    const ranking = await runs.ranking(handle);
    expect(ranking).toMatchObject({ data: "synthetic", top: Array(4).fill(marked), criteria: Array(3).fill(marked) });
    expect(await runs.ranked(handle)).toEqual(Array(5).fill(marked));
    const lines = (await runs.csv(handle)).trimEnd().split("\r\n");
    const at = lines[0]?.split(",").indexOf("data");
    expect(at).toBe(16);
    for (const line of lines.slice(1)) expect(line).toMatch(/,synthetic,.*,synthetic$/);
    const summary = await runs.summary(handle);
    const figures = [...summary.matchAll(/\d+\.\d{2,3}( synthetic)? \|/g)];
    expect(figures.length).toBeGreaterThan(5);
    expect(figures.filter((figure) => figure[1] === undefined)).toEqual([]);
    expect(summary).toContain("Every score is of synthetic data");
  });

  test("real prospects have no such mark", async () => {
    const runs = await openRuns({ rows: ROWS });
    const { handle, done } = await runs.holdfast.startHere(runs.workflow, runs.input);
    await done;
    expect(await handle.result()).not.toHaveProperty("data");
    const texts = [await runs.summary(handle), await runs.csv(handle), JSON.stringify(await runs.ranking(handle))];
    expect(texts.join("\n")).not.toContain("synthetic");
    expect(texts[0]).toContain("Cost: $0.00.");
  });

  test("ranks the same in windows as in one pass", async () => {
    const { holdfast, workflow, input, ranked } = await openRuns({ rows: ROWS });
    const { handle, done } = await holdfast.startHere(workflow, input);
    await done;
    const whole = await ranked(handle);
    const { icp } = (await handle.status()).input as { icp: { profile: never } };
    const results = () => handle.items("qualify") as never;
    const source = { profile: icp.profile, results: null as never };
    const places = await placesOf({ results }, source);
    const inWindows = [];
    for await (const row of rankedRows({ results }, source, places, { windowRows: 2 })) inWindows.push(row);
    expect(inWindows).toEqual(whole);
  });

  test("keeps its original profile: a later edit of the file changes nothing", async () => {
    const { holdfast, workflow, input, icp, ranked } = await openRuns({ rows: ROWS });
    const { handle, done } = await holdfast.startHere(workflow, input, { through: "qualify" });
    await done;
    await writeFile(icp, "broken: [");
    await (await holdfast.resumeHere(handle.id)).done;
    expect((await ranked(handle))[0]?.key).toBe("good.example");
  });

  test("on an empty list completes with an empty ranking", async () => {
    const { holdfast, workflow, input, ranked } = await openRuns({ rows: `${HEADER}\n` });
    const { handle, done } = await holdfast.startHere(workflow, input);
    await done;
    expect(await handle.result()).toMatchObject({ prospects: 0, top: [] });
    expect(await ranked(handle)).toEqual([]);
  });
});

describe("an unusable row", () => {
  const bad = (row: string) => `${HEADER}\na.example,A,NO,1,x\n${row}\nb.example,B,NO,1,x\n`;
  test.each([
    ["WWW.A.example,Twin,NO,1,x", /row 3.*"a\.example" stands in row 2 already/i],
    [",Nameless,NO,1,x", /row 3.*key is missing/i],
    ["n/a,Nameless,NO,1,x", /row 3.*key is missing/i],
    ["not a domain,Odd,NO,1,x", /row 3.*is no domain/i],
  ])("fails the run by its number, or is left out: %s", async (row, says) => {
    const { holdfast, workflow, input } = await openRuns({ rows: bad(row) });
    const { handle, done } = await holdfast.startHere(workflow, input);
    await done;
    const { status, lastError } = await handle.status();
    expect([status, lastError?.message]).toEqual(["failed", expect.stringMatching(says)]);
    const skipping = await holdfast.startHere(workflow, { ...input, onBadRow: "skip" });
    await skipping.done;
    expect(await skipping.handle.result()).toMatchObject({ prospects: 2 });
  });

  test("does not occur if the key is an ID of the user's own", async () => {
    const { holdfast, workflow, input } = await openRuns({ rows: bad("WWW.A.example,Twin,NO,1,x") });
    const { handle, done } = await holdfast.startHere(workflow, { ...input, key: "company" });
    await done;
    expect(await handle.result()).toMatchObject({ prospects: 3 });
  });
});

describe("an invalid input", () => {
  test("names a column that the prospects lack, with the line in the profile and the nearest column", async () => {
    const profile = PROFILE.replace("field: employees", "field: employes");
    const { holdfast, workflow, input, icp } = await openRuns({ rows: ROWS, profile });
    const { handle, done } = await holdfast.startHere(workflow, input);
    await done;
    const { status, lastError, stages } = await handle.status();
    expect(status).toBe("failed");
    expect(lastError?.message).toContain(`${icp}:5: criterion size reads column "employes"`);
    expect(lastError?.message).toContain('Did you mean "employees"?');
    expect(stages[1]?.status).toBe("pending");
  });

  test("is refused before a run exists, with everything wrong in the profile", async () => {
    const { holdfast, workflow, input, icp } = await openRuns({
      rows: ROWS,
      profile: "name: x\ncriteria:\n  a: { kind: b }\n",
    });
    const refused = holdfast.start(workflow, input);
    await expect(refused).rejects.toThrow(`${icp}:3: criteria.a.kind: "b" is not allowed here.`);
    await expect(holdfast.start(workflow, { ...input, icp: "nowhere.yaml" })).rejects.toThrow(
      /nowhere\.yaml: there is no such file/,
    );
    await expect(holdfast.start(workflow, { ...input, icp: join(icp, "..") })).rejects.toThrow(/it is a folder/);
    expect((await holdfast.runs.list()).rows).toEqual([]);
  });

  test("names settings that would have no effect, or cannot be honored", () => {
    // The file exists, but its contents are not read.
    const prospects = join(tmpdir(), `leads-${process.pid}.csv`);
    writeFileSync(prospects, "domain,n\n");
    onTestFinished(() => rmSync(prospects));
    const issuesOf = (more: object) => {
      const icp = { name: "x", criteria: { size: { kind: "range", field: "n", min: 1 } } };
      const parsed = leadQualificationInput.safeParse({ prospects, icp, ...more });
      return parsed.error?.issues.map(({ path }) => path.join("."));
    };
    const model = { provider: "openai-compatible", name: "own", baseUrl: "http://127.0.0.1:1/v1" };
    expect(issuesOf({})).toBeUndefined();
    expect(issuesOf({ prospects: "p.pdf" })).toContain("prospects");
    expect(issuesOf({ prospects: "/nowhere/p.csv" })).toEqual(["prospects"]);
    expect(issuesOf({ columns: { n: "Number" } })).toBeUndefined();
    expect(issuesOf({ columns: { compani: "Name" } })).toEqual(["columns.compani"]);
    expect(issuesOf({ out: "/nowhere/ranked.csv" })).toEqual(["out"]);
    expect(issuesOf({ out: "ranked.doc" })).toEqual(["out"]);
    expect(issuesOf({ sheet: "one" })).toEqual(["sheet"]);
    expect(issuesOf({ budgetUsd: 1, requestsPerMinute: 3 })).toEqual(["budgetUsd", "requestsPerMinute"]);
    expect(issuesOf({ model, budgetUsd: 1 })).toEqual(["model", "budgetUsd"]);
    expect(issuesOf({ model: { ...model, apiKeyEnv: "sk-123" } })).toEqual(["model.apiKeyEnv", "model"]);
    expect(issuesOf({ icp: { name: "x", criteria: { a: { kind: "set" } } }, model, budgetUsd: 1 })).toEqual([
      "icp.criteria.a.field",
    ]);
  });
});
