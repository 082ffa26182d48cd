/** Model cost in every output: the sum if the model has a price, otherwise unknown with its tokens. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startModelServer } from "@holdfast/testkit";
import { openHoldfast } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { writeNarratives } from "./generate/write.js";
import { narrativeBenchmark } from "./workflow.js";

const ANSWER = { label: "no", confidence: 0.9, rationale: "It does not say so.", indicators: [] };

async function runWith(model: object) {
  const folder = await mkdtemp(join(tmpdir(), "narratives-cost-"));
  const server = await startModelServer({ seed: 5, answer: ({ schema }) => answerFor(schema) });
  const workflow = narrativeBenchmark({});
  const holdfast = await openHoldfast({ dataDir: folder, workflows: [workflow] });
  onTestFinished(async () => {
    await holdfast.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const file = join(folder, "n.csv");
  await writeNarratives(file, { cases: 3, seed: 3 });
  const { handle, done } = await holdfast.startHere(workflow, {
    experiment: { name: "cost" },
    model: { provider: "openai-compatible", name: "test-model", baseUrl: server.baseUrl, ...model },
    prompt: { version: "1", template: "{{narrative}}" },
    data: { file },
  });
  await done;
  const summary = await readFile(join(folder, "runs", handle.id, "stages", "score", "attempt-1", "summary.md"), "utf8");
  return { output: await handle.result(), summary };
}

/** Any answer that matches the schema. */
function answerFor(schema: unknown): object {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { enum?: unknown[]; type?: string }> };
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [
      name,
      field.enum?.[0] ??
        (ANSWER as Record<string, unknown>)[name] ??
        (field.type === "boolean" ? false : field.type === "number" ? 0.5 : field.type === "array" ? [] : "x"),
    ]),
  );
}

test("a model without a price costs an unknown amount, never $0.0000; with a price, its sum is exact", async () => {
  const { output, summary } = await runWith({});
  expect(output).toMatchObject({ costUsd: null, unpriced: { calls: 6, tokens: expect.any(Number) } });
  const tokens = output.unpriced?.tokens ?? 0;
  expect(summary).toContain(`Cost: unknown, ${tokens.toLocaleString("en-US")} tokens in 6 calls.`);
  const priced = await runWith({ price: { inputUsd: 1, outputUsd: 1 } });
  expect(priced.output.costUsd).toBe(tokens / 1e6);
  expect(priced.output).not.toHaveProperty("unpriced");
  expect(priced.summary).not.toContain("unknown,");
});
