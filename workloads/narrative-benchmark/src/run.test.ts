/** Complete runs on small files: marks for synthetic data in the outputs, and scoring of mapped labels. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHoldfast } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { writeNarratives } from "./generate/write.js";
import { narrativeBenchmark } from "./workflow.js";

async function runOn(write: (folder: string) => Promise<object>) {
  const folder = await mkdtemp(join(tmpdir(), "narratives-"));
  const workflow = narrativeBenchmark();
  const holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow] });
  onTestFinished(async () => {
    await holdfast.close();
    await rm(folder, { recursive: true, force: true });
  });
  const data = await write(folder);
  const { handle, done } = await holdfast.startHere(workflow, { experiment: { name: "x" }, data } as never);
  await done;
  const read = (stage: string, file: string) =>
    readFile(join(folder, "runs", handle.id, "stages", stage, "attempt-1", file), "utf8");
  return { output: (await handle.result()) as Record<string, unknown>, read };
}

test.each(["n.xlsx", "n.csv"])(
  "a score of synthetic data (%s) is marked beside every figure, in every output",
  async (name) => {
    const { output, read } = await runOn(async (folder) => {
      const file = join(folder, name);
      await writeNarratives(file, { cases: 40, seed: 3 });
      return { file };
    });
    // First, so that a line with the output's beginning has it too.
    expect(Object.keys(output)[0]).toBe("data");
    expect(output).toMatchObject({ data: "synthetic", narratives: 80 });
    const score = JSON.parse(await read("score", "score.json"));
    expect(score).toMatchObject({ data: "synthetic", report: { overall: { data: "synthetic" } } });
    expect(Object.values(score.report.byType)).toEqual([
      expect.objectContaining({ data: "synthetic" }),
      expect.objectContaining({ data: "synthetic" }),
    ]);
    expect(score.retryBias.map(({ group, data }: { group: string; data: string }) => [group, data])).toEqual(
      ["first try", "retried", "failed"].map((group) => [group, "synthetic"]),
    );
    const summary = await read("score", "summary.md");
    const figures = [...summary.matchAll(/\d+\.\d(?:\d\d)?(?: %)? \([^)]*\)( synthetic)?/g)];
    expect(figures.length).toBeGreaterThan(15);
    expect(figures.filter((figure) => figure[1] === undefined)).toEqual([]);
    const [header, first] = (await read("export", "predictions.csv")).split("\r\n");
    expect([header?.endsWith(",data"), first?.endsWith(",synthetic")]).toEqual([true, true]);
    expect(JSON.parse(await read("export", "predictions.json"))[0]).toMatchObject({ data: "synthetic" });
  },
);

test("labels in the file's own words are scored for each type; N/A and unscored cells are counted separately", async () => {
  const { output, read } = await runOn(async (folder) => {
    const file = join(folder, "own.csv");
    const text = "Her husband beat her to death.";
    const rows = [
      ["1", "IPV", "1"],
      ["2", "other", "N/A"],
      ["3", "unsure", "2"],
    ].map(([id, le, cme]) => `${id},${text},${text},${le},${cme}`);
    await writeFile(file, `id,le,cme,le_label,cme_label\n${rows.join("\n")}\n`);
    return {
      file,
      columns: { key: "id", narratives: { le: "le", cme: "cme" }, label: { le: "le_label", cme: "cme_label" } },
      labels: {
        le: { positive: ["ipv"], negative: ["other"], unscored: ["unsure"] },
        cme: { positive: [1], negative: [2] },
      },
    };
  });
  expect(output.data).toBeUndefined();
  const { report, retryBias } = JSON.parse(await read("score", "score.json"));
  expect(retryBias[0]).not.toHaveProperty("data");
  expect(report.byType).toMatchObject({ le: { scored: 2, unlabelled: 1 }, cme: { scored: 2, unlabelled: 1 } });
  expect(report.byType.le.confusion).toEqual({ truePositive: 1, falsePositive: 1, trueNegative: 0, falseNegative: 0 });
  expect(await read("score", "summary.md")).not.toContain("synthetic");
});
