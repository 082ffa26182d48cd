/** The sample documents of `examples/speeches`: they are unchanged, and both jobs give the expected results on them. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openHoldfast } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { analysisJob } from "./analysis/workflow.js";
import { researchJob } from "./research/workflow.js";

const SPEECHES = fileURLToPath(new URL("../../../examples/speeches", import.meta.url));

async function open() {
  const dataDir = await mkdtemp(path.join(tmpdir(), "speeches-"));
  const research = researchJob();
  const holdfast = await openHoldfast({ dataDir, workflows: [analysisJob, research] });
  onTestFinished(async () => {
    await holdfast.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { holdfast, research };
}

test("the speeches match the checksums in their README", async () => {
  const readme = await readFile(path.join(SPEECHES, "README.md"), "utf8");
  const told = Object.fromEntries(
    [...readme.matchAll(/^\| `(.+?)` \| `([0-9a-f]{64})` \|$/gm)].map(([, file, sum]) => [file, sum]),
  );
  const files = (await readdir(SPEECHES)).filter((name) => name.endsWith(".txt"));
  const sums = await Promise.all(
    files.map(
      async (name) =>
        [
          name,
          createHash("sha256")
            .update(await readFile(path.join(SPEECHES, name)))
            .digest("hex"),
        ] as const,
    ),
  );
  expect(Object.fromEntries(sums)).toEqual(told);
});

test("analysis finds how the words of two centuries changed, and the tone of each year", async () => {
  const { holdfast } = await open();
  const end = await holdfast.run(analysisJob, { documents: SPEECHES, topTerms: 100 });
  if (end.status !== "completed") throw new Error(end.status);
  const { documents, leftOut, periods, terms, names, tone } = end.output;
  expect([documents, leftOut.map(({ name }) => name), tone.overTime.length]).toEqual([12, ["README.md"], 12]);
  expect(periods?.map(({ label }) => label)).toEqual(["to 1941", "from 1961"]);
  expect(names[0]?.name).toMatch(/^(United States|America|Congress)$/);
  expect(terms.find(({ term }) => term === "american")?.keyness).toBeGreaterThan(0);
});

test("research answers from the requested speech, with the place of each sentence", async () => {
  const { holdfast, research } = await open();
  const end = await holdfast.run(research, {
    question: "What did Abraham Lincoln propose about slavery?",
    sources: SPEECHES,
  });
  if (end.status !== "completed") throw new Error(end.status);
  const { answered, citations, answer } = end.output;
  expect(answered).toBe(true);
  expect(citations[0]?.file).toBe("1862_abraham_lincoln_r.txt");
  expect(citations[0]?.place).toMatch(/^line 1, sentence \d+$/);
  expect(answer[0]?.text).toMatch(/slave/i);
});
