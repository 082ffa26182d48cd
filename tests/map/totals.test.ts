/** How many items a map has, reported while it works, for each form in which its items can be given. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

const LIST = Array.from({ length: 300 }, (_, index) => `k${index}`);

const FORMS: readonly (readonly [string, unknown, number | null])[] = [
  ["a list", LIST, 300],
  ["a function that returns a list", () => LIST, 300],
  ["a function that returns a set", () => new Set(LIST), 300],
  ["a function that returns an iterator", () => LIST.values(), null],
];

test.each(FORMS)(
  "%s: its total is reported from the first commits on, if it can be known",
  async (_form, items, total) => {
    const seen: (number | null)[] = [];
    let holdfast: Holdfast;
    const workflow = defineWorkflow({
      name: "count",
      input: z.object({}),
      run: ({ map, runId }) =>
        map(
          "count",
          items as readonly string[],
          { key: (item) => item, concurrency: 1, batch: { results: 10 } },
          async (item) => {
            if (item === "k90") seen.push((await holdfast.runs.get(runId)).progress.total);
            return item.length;
          },
        ),
    });
    const dataDir = await mkdtemp(join(tmpdir(), "holdfast-totals-"));
    holdfast = await openHoldfast({ dataDir, workflows: [workflow], stageFiles: false });
    onTestFinished(async () => {
      await holdfast.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    const { handle, done } = await holdfast.startHere(workflow, {});
    await done;
    expect(seen).toEqual([total]);
    expect((await handle.status()).progress).toMatchObject({ done: 300, total: 300 });
  },
);
