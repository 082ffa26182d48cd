/** The order of models, and problems in a set of them. */
import { describe, expect, test } from "vitest";
import { type Model, ModelError } from "../models/load.js";
import { buildGraph, remainingWay } from "./graph.js";
import { runGraph, type Task } from "./run-graph.js";

const model = (name: string, text: string, firstText: string | null = null): Model => ({
  name,
  text,
  firstText,
  grain: ["id"],
});
const rules = { sources: ["census"], carried: ["end"], roots: ["end"] };
const START = "SELECT * FROM {{ src('census') }}";

describe("a graph", () => {
  test("puts each model after what it needs", () => {
    const models = [
      model("end", "SELECT * FROM {{ ref('b') }}"),
      model("a", START),
      model("b", "SELECT * FROM {{ ref('a') }}"),
    ];
    expect(buildGraph(models, true, rules).map(({ name }) => name)).toEqual(["a", "b", "end"]);
  });

  test("uses the first-year text in the first year only", () => {
    const models = [model("end", "SELECT * FROM {{ prev('end') }}", START)];
    expect(buildGraph(models, true, rules)[0]).toMatchObject({ sources: ["census"], before: [] });
    expect(buildGraph(models, false, rules)[0]).toMatchObject({ sources: [], before: ["end"] });
  });

  test.each([
    ["a cycle", [model("end", "{{ ref('a') }}"), model("a", "{{ ref('end') }}")], "it needs itself: end → a → end"],
    ["an unknown ref", [model("end", "{{ ref('x') }}")], "there is no such model"],
    ["an unknown source", [model("end", "{{ src('x') }}")], "there is only census"],
    [
      "rows of the year before that are not carried",
      [model("end", "{{ prev('a') }}"), model("a", START)],
      "only end are carried over",
    ],
    ["a model that nothing reads", [model("end", START), model("a", START)], "nothing reads it"],
    ["a missing model", [model("a", START)], "it is needed and not there"],
  ])("refuses %s", (_what, models, problem) => {
    expect(() => buildGraph(models, false, rules)).toThrow(ModelError);
    expect(() => buildGraph(models, false, rules)).toThrow(problem);
  });

  test("refuses rows of the previous year in the first year", () => {
    expect(() => buildGraph([model("end", "{{ prev('end') }}")], true, rules)).toThrow("write end.first.sql");
  });

  test("computes the longest path from each model to the end", () => {
    const models = [model("end", "{{ ref('long') }} {{ ref('short') }}"), model("long", START), model("short", START)];
    const costs: Record<string, number> = { end: 1, long: 50, short: 5 };
    const way = remainingWay(buildGraph(models, true, rules), (name) => costs[name] ?? 0);
    expect(Object.fromEntries(way)).toEqual({ end: 1, long: 51, short: 6 });
  });
});

describe("running a graph", () => {
  const quiet = { wayOf: () => 0, onFailure: () => undefined };

  test("starts with the longest path and respects its slots", async () => {
    const begun: string[] = [];
    let underWay = 0;
    let most = 0;
    const task = (name: string, needs: string[] = []): Task => ({
      name,
      needs,
      run: async () => {
        begun.push(name);
        most = Math.max(most, ++underWay);
        await Promise.resolve();
        underWay--;
      },
    });
    const ways: Record<string, number> = { short: 1, long: 9, middle: 5 };
    await runGraph([task("short"), task("long"), task("middle"), task("last", ["short", "long", "middle"])], {
      ...quiet,
      slots: 2,
      wayOf: (name) => ways[name] ?? 0,
    });
    expect(begun).toEqual(["long", "middle", "short", "last"]);
    expect(most).toBe(2);
  });

  test("starts nothing after a failure, waits for running tasks, and throws the first failure", async () => {
    const ended: string[] = [];
    let failures = 0;
    const tasks: Task[] = [
      { name: "bad", needs: [], run: () => Promise.reject(new Error("bad model")) },
      { name: "slow", needs: [], run: async () => void ended.push("slow") },
      { name: "never", needs: ["slow"], run: async () => void ended.push("never") },
    ];
    const run = runGraph(tasks, { ...quiet, slots: 2, onFailure: () => failures++ });
    await expect(run).rejects.toThrow("bad model");
    expect(ended).toEqual(["slow"]);
    expect(failures).toBe(1);
  });

  test("reports a cycle instead of waiting forever", async () => {
    const idle = async () => undefined;
    const tasks: Task[] = [
      { name: "a", needs: ["b"], run: idle },
      { name: "b", needs: ["a"], run: idle },
    ];
    await expect(runGraph(tasks, { ...quiet, slots: 1 })).rejects.toThrow("cycle");
  });
});
