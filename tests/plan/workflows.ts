/**
 * The workflows whose plans are compared: stages in sequence, side by side, and behind a condition; maps over a dataset
 * with holes, over a list, and over a source that can be read once; declared and undeclared. They record in a journal
 * what they do.
 */
import { defineWorkflow, type MapRef } from "holdfast";
import { z } from "zod";

export const CSV_COLUMNS = ["id", "a", "b"] as const;

/** How often the function of an item was called, by map. */
export type Journal = Map<string, number>;

export interface World {
  folder: string;
  /** Names of stages that fail, and keys of items that fail. */
  faults: Set<string>;
  /** The run is stopped at this call, counted from 1. */
  stopAt: number | null;
  stop: () => void;
  isStopped?: boolean;
  calls?: number;
  journal: Journal;
}

const input = z.object({
  file: z.string(),
  prompt: z.string(),
  note: z.string(),
  limit: z.number(),
  maxFailed: z.number(),
});
type Given = z.infer<typeof input>;
const row = z.object({ id: z.string(), a: z.string(), b: z.string() });

export function makeWorkflows(world: World) {
  const begin = (name: string) => {
    if (world.faults.has(name)) throw new Error(`${name} fails`);
  };
  const call = (map: string, key: string) => {
    world.journal.set(map, (world.journal.get(map) ?? 0) + 1);
    world.calls = (world.calls ?? 0) + 1;
    if (world.calls === world.stopAt) {
      world.isStopped = true;
      world.stop();
    }
    if (world.faults.has(key)) throw new Error("no");
    return key.length;
  };
  const options = ({ prompt, maxFailed }: Given) => ({ config: { prompt }, maxFailed, concurrency: 2 });
  // biome-ignore lint/suspicious/noExplicitAny: the same body, with declared names and without
  const body = async ({ input: given, stage, map }: any) => {
    const rows = await stage("read", { inputs: { file: given.file } }, ({ dataset }: { dataset: never }) => {
      begin("read");
      return (dataset as { ingest: (...of: unknown[]) => unknown }).ingest(`rows ${given.file}`, given.file, {
        key: "id",
        schema: row,
      });
    });
    const expand = { parts: ["a", "b"], item: (of: z.infer<typeof row>, part: "a" | "b") => of[part] || null };
    const judged = (await map(
      "judge",
      rows,
      { ...options(given), expand, limit: given.limit },
      (_: string, { key }: { key: string }) => call("judge", key),
    )) as MapRef;
    const score = await stage("score", { inputs: { judged } }, () => {
      begin("score");
      return judged.ok + given.note.length;
    });
    if (score % 2 === 0) await stage("even", { inputs: { score } }, () => begin("even"));
    return stage("tell", { inputs: { note: given.note, score } }, () => {
      begin("tell");
      return score;
    });
  };
  return {
    declared: defineWorkflow({
      name: "declared",
      input,
      stages: ["read", "judge", "score", "even", "tell"],
      run: body,
    }),
    free: defineWorkflow({ name: "free", input, run: body }),
    beside: defineWorkflow({
      name: "beside",
      input,
      stages: ["note", "list", "once", "late", "end"],
      async run({ input: given, stage, map }) {
        const [note, list] = await Promise.all([
          stage("note", { inputs: { note: given.note } }, () => {
            begin("note");
            return given.note;
          }),
          map(
            "list",
            Array.from({ length: given.limit }, (_, n) => ({ id: `n${n}` })),
            { ...options(given), key: "id" },
            (_, { key }) => call("list", key),
          ),
        ]);
        const late = await stage("late", () => {
          begin("late");
          return note;
        });
        return stage("end", { inputs: { list, late } }, () => begin("end"));
      },
    }),
    once: defineWorkflow({
      name: "once",
      input,
      stages: ["note", "list", "once", "late", "end"],
      async run({ input: given, stage, map }) {
        // A plan does not read it, and assumes that it is unchanged.
        const source = () => Array.from({ length: 9 }, (_, n) => ({ id: `n${n}` }));
        const once = await map("once", source, { ...options(given), key: "id" }, (_, { key }) => call("once", key));
        await stage("note", { inputs: { note: given.note } }, () => begin("note")).catch(() => {});
        return stage("end", { inputs: { once } }, () => begin("end"));
      },
    }),
  };
}
