import { readFile, rename, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { byItem, ITEMS, type ItemRow, killed, makeBench, ok } from "./bench.js";

describe("a run of the narrative benchmark", () => {
  test("that is killed goes on where it was: every narrative has one result, and repeats are those in flight", async () => {
    const bench = await makeBench({ cases: 100, latencyMs: [10, 50] });
    const running = bench.start("r");
    await bench.journalHas(75, running);
    await killed(running);
    const before = bench.journal();
    const kept = bench.sql<ItemRow>(ITEMS, "r");
    expect(kept.length).toBeGreaterThan(0);
    await ok(bench.resume("r"));
    const items = bench.sql<ItemRow>(ITEMS, "r");
    expect([items.length, new Set(items.map(({ key }) => key)).size]).toEqual([200, 200]);
    const calls = byItem(bench.journal(), "r");
    expect([...calls.keys()].sort()).toEqual(items.map(({ key }) => key));
    const again = new Set(
      bench
        .journal()
        .slice(before.length)
        .map(({ key }) => key),
    );
    // What had a result is not asked again.
    for (const { key } of kept) expect(again.has(`r:g1:classify:${key}`), key).toBe(false);
    // An attempt that was announced when the process died may not have been sent; none was sent unannounced.
    const unsent = items.filter(({ key, attempt }) => attempt !== calls.get(key)?.length);
    expect(unsent.every(({ key, attempt }) => attempt === 2 && calls.get(key)?.length === 1)).toBe(true);
    // In flight, or answered and not yet committed: at most the concurrency and one batch.
    expect(bench.journal().length - 200).toBeLessThanOrEqual(8 + 25);
  });

  test("that has completed does nothing again, and the database refuses a second result", async () => {
    const bench = await makeBench({ cases: 30 });
    await ok(bench.start("r"));
    const calls = bench.journal().length;
    expect(calls).toBe(60);
    await ok(bench.resume("r"), 6);
    await ok(bench.resume("r", "--only=errors", "--yes"));
    expect(bench.journal().length).toBe(calls);
    const items = bench.sql<ItemRow>(ITEMS, "r");
    expect(items.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 60 }, () => 1));
    const [unique] = bench.sql<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = 'item_result'");
    expect(unique?.sql).toContain("PRIMARY KEY (map_k, key)");
  });

  test("refuses to go on when its source has changed or is gone, and says what is different", async () => {
    const bench = await makeBench({ cases: 40, latencyMs: [10, 20] });
    const running = bench.start("r");
    await bench.journalHas(20, running);
    await killed(running);
    const original = await readFile(bench.data, "utf8");
    const lines = original.split("\r\n");
    const changed = [lines[0], ...lines.slice(2), "9999999,new,new,1,yes"].map((line, at) =>
      at === 5 ? line?.replace(/,[01](?=,yes$)/, (label) => (label === ",1" ? ",0" : ",1")) : line,
    );
    await writeFile(bench.data, changed.filter((line) => line !== "").join("\r\n"));
    const refused = await ok(bench.resume("r"), 6);
    const [dataset] = bench.sql<{ file_sha256: string }>("SELECT file_sha256 FROM dataset");
    expect(refused.stderr).toContain(dataset?.file_sha256);
    expect(refused.stderr.match(/[0-9a-f]{64}/g)?.length).toBeGreaterThanOrEqual(2);
    expect(refused.stderr).toMatch(/1 (rows? )?changed, 1 added, 1 missing/);
    await rename(bench.data, `${bench.data}.away`);
    const gone = await ok(bench.resume("r"), 6);
    expect(gone.stderr).toContain(bench.data);
    expect((await bench.show("r")).status).toBe("running");
    await ok(bench.resume("r", "--accept=missing-source"));
    expect(bench.sql<ItemRow>(ITEMS, "r").length).toBe(80);
  });

  test("tries only the narratives with errors again when asked for them", async () => {
    const key = (item: string) => `r:g1:classify:${item}`;
    const bench = await makeBench({
      cases: 30,
      run: { max_failed: 10 },
      faults: {
        script: {
          [key("0000003:le")]: ["refusal"],
          [key("0000007:cme")]: ["invalidSchema", "invalidSchema"],
          [key("0000011:le")]: ["contextLength"],
          [key("0000012:le")]: ["error5xx", "error5xx", "error5xx"],
          [key("0000013:le")]: ["error5xx"],
        },
      },
    });
    await ok(bench.start("r"));
    const failed = () =>
      bench
        .sql<ItemRow>(ITEMS, "r")
        .filter(({ outcome }) => outcome === 0)
        .map(({ key: item, category, attempt }) => [item, category, attempt]);
    expect(failed()).toEqual([
      ["0000003:le", "refusal", 1],
      ["0000007:cme", "invalid_output", 1],
      ["0000011:le", "other", 1],
      ["0000012:le", "server", 3],
    ]);
    expect((await bench.show("r")).output).toMatchObject({ narratives: 60, errors: 4 });
    const before = bench.journal().length;
    await ok(bench.resume("r", "--only=errors:refusal", "--yes"));
    expect(
      bench
        .journal()
        .slice(before)
        .map((line) => line.key),
    ).toEqual([key("0000003:le")]);
    expect(failed().map(([item]) => item)).toEqual(["0000007:cme", "0000011:le", "0000012:le"]);
    await ok(bench.resume("r", "--only=errors", "--yes"));
    const retried = bench.journal().slice(before + 1);
    expect(retried.map((line) => line.key).sort()).toEqual(["0000007:cme", "0000011:le", "0000012:le"].map(key));
    expect(failed()).toEqual([]);
    const { output, status } = await bench.show("r");
    expect([status, output]).toEqual(["completed", expect.objectContaining({ narratives: 60, errors: 0 })]);
    const attempts = bench.sql<ItemRow>(ITEMS, "r").filter(({ attempt }) => attempt > 1);
    expect(attempts.map(({ key: item, attempt }) => [item, attempt])).toEqual([
      ["0000003:le", 2],
      ["0000007:cme", 2],
      ["0000011:le", 2],
      ["0000012:le", 4],
      ["0000013:le", 2],
    ]);
  });

  test("is held by one process: a second resume is refused with the holder's name", async () => {
    const bench = await makeBench({ cases: 100, latencyMs: [20, 40] });
    const running = bench.start("r");
    await bench.journalHas(20, running);
    const refused = await ok(bench.resume("r"), 6);
    expect(refused.stderr).toContain(String(running.child.pid));
    await ok(running);
    expect(bench.journal().length).toBe(200);
  });

  test("shows its progress and the expected end to any reader of the database, and its figures at the end", async () => {
    const bench = await makeBench({ cases: 150, latencyMs: [40, 80] });
    const running = bench.start("r");
    const seen: { done: number; total: number; eta: number | null }[] = [];
    // A step of calls between two looks, however late the looks are: the run stands still while it is looked at.
    for (let calls = 40; calls <= 260; calls = bench.journal().length + 60) {
      await bench.journalHas(calls, running);
      await bench.freeze(running);
      const [row] = bench.sql<{ done: number; total: number; eta: number | null }>(
        "SELECT items_done AS done, items_total AS total, eta_high_at AS eta FROM run_progress WHERE run_id = ?",
        "r",
      );
      running.child.kill("SIGCONT");
      if (row !== undefined) seen.push(row);
    }
    const { stderr } = await ok(running);
    expect(seen.length).toBeGreaterThan(1);
    const done = seen.map((row) => row.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(new Set(done).size).toBe(done.length);
    expect(seen.map((row) => row.total)).toEqual(seen.map(() => 300));
    expect(seen.slice(1).every((row) => row.eta !== null && row.eta > 0)).toBe(true);
    expect(stderr).toMatch(/of 300 items/);
    const [end] = bench.sql("SELECT items_done, items_total, items_failed FROM run_progress WHERE run_id = 'r'");
    expect(end).toEqual({ items_done: 300, items_total: 300, items_failed: 0 });
    const { output } = await bench.show("r");
    expect(output).toMatchObject({ narratives: 300, errors: 0, accuracy: expect.any(Number), f1: expect.any(Number) });
    const log = await readFile(bench.project.path(".holdfast/runs/r/logs/calls.jsonl"), "utf8");
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { key: string; costUsd: number });
    expect(new Set(lines.map((line) => line.key)).size).toBe(300);
    expect(lines.every((line) => line.costUsd > 0)).toBe(true);
  });
});
