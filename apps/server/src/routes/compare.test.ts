/** Two runs over HTTP: what the engine finds, cut to what a page shows, and for their owner alone. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { KeptAnswers } from "../compare/kept-answers.js";
import { type Json, openWorld, type World } from "../testing/world.fixture.js";

let world: World;
const start = (runId: string, topic: string, as = "ann") =>
  world.json(201, "POST", "/api/runs", { as, body: { workflow: "brief", input: { topic }, runId } });

beforeAll(async () => {
  world = await openWorld({
    comparisons: {
      brief:
        () =>
        async (a, b, { stage }) => {
          const keys: string[] = [];
          for await (const { key } of a.items("items")) keys.push(key);
          return {
            document: { of: [a.run.id, b.run.id], stage, keys },
            lines: [`${keys.length} items were looked at`],
          };
        },
    },
  });
  await start("first", "tides");
  await start("second", "moons");
  await start("again", "tides");
  await start("foreign", "tides", "bob");
  await world.holdfast.work({ untilIdle: true });
});
const compare = (query: string, as = "ann"): Promise<Json> => world.json(200, "GET", `/api/compare?${query}`, { as });

describe("two runs", () => {
  test("are told apart by what was asked, and by what each stage recorded", async () => {
    const found = await compare("a=first&b=second");
    expect(found).toMatchObject({
      a: { id: "first", owner: "ann", items: { done: 3, failed: 1, total: 3 }, costUsd: 0.1 },
      b: { id: "second" },
      isEqual: false,
      asked: { count: 1, first: [{ path: "input.topic", kind: "changed", before: "tides", after: "moons" }] },
      // What the workflow's own comparison says, as `diff` prints it.
      workflow: {
        document: { of: ["first", "second"], keys: ["a", "b", "c"] },
        lines: ["3 items were looked at"],
      },
    });
    expect(found.durations.map(({ stage }: Json) => stage)).toEqual(["gather", "items", "write"]);
    const files = found.stages.flatMap(({ artifacts }: Json) => artifacts);
    expect(files).toMatchObject([{ name: "notes/topic.html", bytes: [22, 22] }]);
    // Named, not read: their lines are asked for one by one.
    expect(files[0].lines).toBeUndefined();
  });

  test("that recorded the same are equal", async () => {
    expect(await compare("a=first&b=again")).toMatchObject({ isEqual: true, asked: { count: 0 }, stages: [] });
    expect((await compare("a=first&b=again&stage=items")).equalStages).toEqual(["items"]);
  });

  test("of which one is somebody else's are as if it did not exist, whoever's comes first", async () => {
    for (const path of [
      "compare?",
      "compare/items?stage=items&change=same&",
      "compare/artifact?stage=gather&name=n&",
    ]) {
      for (const pair of ["a=first&b=foreign", "a=foreign&b=first"]) {
        expect((await world.ask("GET", `/api/${path}${pair}`, { as: "ann" })).statusCode, path).toBe(404);
      }
      expect((await world.ask("GET", `/api/${path}a=first&b=again`, { as: "nobody" })).statusCode).toBe(401);
    }
    expect(await compare("a=first&b=foreign", "admin")).toMatchObject({ isEqual: true });
  });

  test("need both ids and a stage that one of them has", async () => {
    expect((await world.ask("GET", "/api/compare?a=first")).statusCode).toBe(400);
    expect((await world.ask("GET", "/api/compare?a=first&b=second&stage=nowhere")).statusCode).toBe(400);
    expect((await world.ask("GET", "/api/compare/items?a=first&b=second&stage=gather&change=same")).statusCode).toBe(
      400,
    );
  });
});

describe("items of two runs", () => {
  const items = (query: string): Promise<Json> =>
    world.json(200, "GET", `/api/compare/items?a=first&b=second&stage=items&${query}`, { as: "ann" });

  test("come in pairs, by the way in which they differ, page by page", async () => {
    const { rows, next } = await items("change=same&limit=2");
    expect(rows.map(({ key, a, b }: Json) => [key, a.outcome, b.outcome])).toEqual([
      ["a", "ok", "ok"],
      ["b", "error", "error"],
    ]);
    const rest = await items(`change=same&limit=2&cursor=${next}`);
    expect(rest.rows.map(({ key }: Json) => key)).toEqual(["c"]);
    expect(rest.next).toBeNull();
    expect(await items("change=okToError")).toEqual({ rows: [], next: null });
  });
});

describe("a file of two runs", () => {
  test("is compared by line", async () => {
    const found: Json = await world.json(
      200,
      "GET",
      "/api/compare/artifact?a=first&b=second&stage=gather&name=notes/topic.html",
      { as: "ann" },
    );
    expect(found).toMatchObject({ kind: "text", lines: { count: 2 } });
    expect(found.lines.hunks[0].edits.map(({ kind }: Json) => kind)).toEqual(["removed", "added"]);
  });

  test("that is no text is told by size and hash", async () => {
    const [file] = (await world.holdfast.runs.artifacts("again", "gather")) as Json[];
    await writeFile(join(file.path), Buffer.from([0, 1, 2]));
    const path = "/api/compare/artifact?a=second&b=again&stage=gather&name=notes/topic.html";
    const found: Json = await world.json(200, "GET", path, { as: "ann" });
    expect([found.kind, found.sha256.length, found.lines]).toEqual(["binary", 2, undefined]);
  });

  test("that is the same in both says so, and one that is missing is refused", async () => {
    const path = "/api/compare/artifact?a=first&b=first&stage=gather";
    expect(await world.json(200, "GET", `${path}&name=notes/topic.html`, { as: "ann" })).toMatchObject({
      isEqual: true,
    });
    expect((await world.ask("GET", `${path}&name=other.txt`, { as: "ann" })).statusCode).toBe(400);
  });
});

describe("answers that are kept", () => {
  test("are made once for all who ask at once, and again after a failure", async () => {
    const kept = new KeptAnswers<number>();
    let made = 0;
    const make = async () => {
      if (++made === 1) throw new Error("not yet");
      return made;
    };
    await expect(kept.of("k", make)).rejects.toThrow("not yet");
    expect(await Promise.all([kept.of("k", make), kept.of("k", make)])).toEqual([2, 2]);
  });

  test("are the newest few", async () => {
    const kept = new KeptAnswers<string>();
    for (let i = 0; i < 17; i++) await kept.of(`k${i}`, async () => "old");
    expect(await kept.of("k0", async () => "new")).toBe("new");
    expect(await kept.of("k16", async () => "new")).toBe("old");
  });
});
