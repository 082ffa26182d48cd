/**
 * A plan equals what the resume then does, over random histories, changes and selections, if user code succeeds at the
 * first try: in refusals, stages, items, calls, and in how the run ends. What a plan calls unknown may turn out either
 * way; what it states as certain may not.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type ForegroundRun, type Holdfast, openHoldfast, type Plan } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { arbitraryHistory, type How, type Input, type Move } from "./histories.js";
import { CSV_COLUMNS, type Journal, makeWorkflows, type World } from "./workflows.js";

/** A history takes tens of milliseconds. One that hangs should be reported as such, with the history. */
const HANG_MS = 30_000;
const isLong = process.env.LONG === "1";
/** Enough for each kind of plan to occur; a failure prints its seed and its smallest history. */
const HISTORIES = isLong ? 1_000 : 24;
/** The short form plays the same histories each time; the long one searches. */
const SHORT_SEED = 7;

let folder = "";
let holdfast: Holdfast;
const world: World = { folder: "", faults: new Set(), stopAt: null, stop: () => {}, journal: newJournal() };
const seen = { refused: 0, certain: 0, unknown: 0, ending: 0, calls: 0, nullCalls: 0, whole: 0 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-plan-"));
  world.folder = folder;
  const workflows = Object.values(makeWorkflows(world));
  holdfast = await openHoldfast({
    url: "sqlite::memory:",
    dataDir: folder,
    workflows,
    stageFiles: false,
    stopGraceMs: 2_000,
  });
});
afterAll(async () => {
  await holdfast.close();
  await rm(folder, { recursive: true, force: true });
});

function newJournal(): Journal {
  return new Map();
}

let count = 0;
const workflows = makeWorkflows(world);

async function settled(run: ForegroundRun): Promise<void> {
  // Drift, and the errors of a full store, are in the run's record; only what was done counts here.
  await run.done.catch(() => {});
}

async function writeRows(runId: string, rows: number, shift: number): Promise<void> {
  const lines = Array.from(
    { length: rows },
    (_, i) => `r${i},${i % 3 === 0 ? "" : `text ${i + (i === 1 ? shift : 0)}`},b${i}`,
  );
  await writeFile(join(folder, `${runId}.csv`), `${CSV_COLUMNS.join(",")}\n${lines.join("\n")}\n`);
}

const given = (runId: string, input: Input) => ({ ...input, file: join(folder, `${runId}.csv`) });

/**
 * Faults and a stop during this move, and none afterwards: the resume that a plan is compared with succeeds at the
 * first try.
 */
async function withFaults(move: Pick<Move, "faults" | "stopAt">, act: () => Promise<ForegroundRun>): Promise<void> {
  world.faults = new Set(move.faults);
  world.stopAt = move.stopAt;
  world.calls = 0;
  try {
    const run = await act();
    world.stop = () => run.drain();
    if (world.isStopped) run.drain();
    await settled(run);
  } finally {
    world.faults = new Set();
    world.stopAt = null;
    world.isStopped = false;
    world.stop = () => {};
  }
}

test("a plan equals what the resume then does", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryHistory, async ({ workflow, first, moves, last }) => {
      const runId = `r${count++}`;
      await writeRows(runId, first.rows, 0);
      const start = { runId, ...(first.through === undefined ? {} : { through: first.through }) };
      await withFaults(first, () =>
        holdfast.startHere(workflows[workflow] as never, given(runId, first.input) as never, start),
      );
      for (const move of moves) {
        if (move.file !== null) await writeRows(runId, first.rows + move.file, move.file);
        try {
          await withFaults(move, () => holdfast.resumeHere(runId, howOf(runId, move.how)));
        } catch {
          // Refused: the history continues without it.
        }
      }
      if (last.file !== null) await writeRows(runId, first.rows + last.file, last.file);
      await compare(runId, howOf(runId, last.how));
    }),
    {
      numRuns: HISTORIES,
      timeout: HANG_MS,
      ...(isLong && process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED ?? SHORT_SEED) }),
    },
  );
  // Each of the comparisons below had cases.
  expect(Object.entries(seen).filter(([, times]) => times === 0)).toEqual([]);
});

function howOf(runId: string, { input, ...how }: How) {
  return { ...how, ...(input === undefined ? {} : { input: given(runId, input) }) } as Parameters<Holdfast["plan"]>[1];
}

async function compare(runId: string, how: Parameters<Holdfast["plan"]>[1]): Promise<void> {
  const plan = await holdfast.plan(runId, how);
  const before = await resultsOf(runId);
  const { head } = await holdfast.runs.get(runId);
  const attempts = await attemptsOf(runId);
  world.calls = 0;
  world.journal = newJournal();
  let refused: string | null = null;
  try {
    await settled(await holdfast.resumeHere(runId, { ...how, plan }));
  } catch (error) {
    refused = (error as { code: string }).code;
  }
  expect(plan.refusal?.code ?? null).toBe(refused);
  if (refused !== null) {
    seen.refused++;
    expect((await holdfast.runs.get(runId)).head).toBe(head);
    expect([plan.redoes, plan.unknown, plan.itemCalls]).toEqual([[], [], 0]);
    return;
  }
  const begun = [...(await attemptsOf(runId))].filter(([attempt]) => !attempts.has(attempt));
  compareStages(plan, new Set(begun.map(([, stage]) => stage)));
  await compareMaps(plan, runId, before);
  const after = await holdfast.runs.get(runId);
  if (plan.ending !== null) {
    seen.ending++;
    expect({ status: after.status, reason: after.reason }).toEqual(plan.ending);
    if (plan.redoes.length === 0) seen.whole++;
  }
}

/** Every attempt by its number, with its stage. */
async function attemptsOf(runId: string): Promise<ReadonlyMap<string, string>> {
  const attempts = await holdfast.store.listAttempts(runId as never);
  return new Map(attempts.map(({ stage, attempt }) => [`${stage} ${attempt}`, stage]));
}

function compareStages({ keeps, redoes, unknown, ending }: Plan, stages: ReadonlySet<string>): void {
  // If nothing is unknown, only named stages are executed.
  if (ending !== null) expect([...stages].filter((stage) => ![...redoes, ...unknown].includes(stage))).toEqual([]);
  seen.certain += redoes.length;
  seen.unknown += unknown.length;
  expect(redoes.filter((stage) => !stages.has(stage))).toEqual([]);
  expect(keeps.filter((stage) => stages.has(stage))).toEqual([]);
}

type Results = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** By map and key: which attempt gave the result, and when. */
async function resultsOf(runId: string): Promise<Results> {
  const results = new Map<string, Map<string, string>>();
  for (const { stage } of await holdfast.store.listMaps(runId as never)) {
    const records = await holdfast.store.listItems(runId as never, stage, { limit: 500 });
    results.set(stage, new Map(records.map((one) => [one.key, `${one.attempts} ${one.finishedAt} ${one.configHash}`])));
  }
  return results;
}

async function compareMaps(plan: Plan, runId: string, before: Results): Promise<void> {
  const after = await resultsOf(runId);
  const made = world.journal;
  for (const { stage, calls, items, keep, costUsd } of plan.maps) {
    if (calls === null || items === null) {
      seen.nullCalls++;
      expect(costUsd).toBeNull();
      continue;
    }
    if (calls > 0) seen.calls++;
    const was = before.get(stage) ?? new Map<string, string>();
    const is = after.get(stage) ?? new Map<string, string>();
    const stayed = [...is].filter(([key, result]) => was.get(key) === result).length;
    expect({ stage, calls, items, keep }).toEqual({
      stage,
      calls: made.get(stage) ?? 0,
      items: is.size - stayed,
      keep: stayed,
    });
  }
  const total = [...made.values()].reduce((sum, times) => sum + times, 0);
  if (plan.itemCalls !== null) expect(plan.itemCalls).toBe(total);
}
