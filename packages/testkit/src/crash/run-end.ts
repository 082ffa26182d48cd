/**
 * The end of a run as texts that can be compared with another run's: the outcome of each stage, and of the run itself
 * (key null). Anything that differs between any two runs is left out: the run's ID wherever it occurs and, in
 * references, the attempt number, the cost, and a digest derived from the ID.
 */
import type { ItemRecord, Store, StoredOutput } from "@holdfast/core";
import type { ArtifactStore } from "@holdfast/engine";

export interface Outcome {
  /** "completed" or "failed"; for a run also "paused" or "cancelled". */
  readonly status: string;
  /** The status with its result or error. */
  readonly text: string;
  readonly attempts: number;
}

export type End = ReadonlyMap<string | null, Outcome>;

const ITEMS_A_PAGE = 500;
const RUN_ID_SHOWN = "<run id>";

export async function describeEnd(store: Store, artifacts: ArtifactStore, runId: string): Promise<End> {
  const run = await store.getRun(runId);
  if (run === null) throw new Error(`run ${runId} is gone`);
  const end = new Map<string | null, Outcome>();
  const textOf = async (output: StoredOutput | null) => {
    const json = output?.kind === "file" ? await artifacts.getOutput(run.id, output.sha256) : output?.json;
    return json === undefined || json === null ? "nothing" : comparable(json, runId);
  };
  const attempts = await store.listAttempts(run.id);
  const maps = new Set((await store.listMaps(run.id)).map(({ stage }) => stage));
  for (const { stage, isRecord, wait } of attempts) {
    if (!isRecord) continue;
    const record = await store.getStageRecord(run.id, stage);
    const status = record?.outcome === "completed" ? "completed" : "failed";
    const found =
      status === "completed" ? await textOf(record?.output ?? null) : wordFailure(record?.error?.message, runId);
    const outcome = wait?.kind === "ask" ? withoutInstant(found) : found;
    const items = maps.has(stage) ? await describeItems(store, run.id, stage) : "";
    end.set(stage, {
      status,
      text: `${outcome}${items}`,
      attempts: attempts.filter((attempt) => attempt.stage === stage).length,
    });
  }
  const output =
    run.outputFile === null
      ? comparable(JSON.stringify(run.output ?? null), runId)
      : await textOf({ kind: "file", ...run.outputFile });
  const error = run.error === null ? "" : ` ${run.error.message.replaceAll(runId, RUN_ID_SHOWN)}`;
  end.set(null, { status: run.status, text: `${run.status} ${output}${error}`, attempts: 1 });
  return end;
}

const wordFailure = (message: string | undefined, runId: string) =>
  `failed: ${(message ?? "for no reason given").replaceAll(runId, RUN_ID_SHOWN)}`;

/** The results of a map by key, since its reference contains only their counts. */
async function describeItems(store: Store, runId: Parameters<Store["listItems"]>[0], stage: string): Promise<string> {
  const lines: string[] = [];
  for (let after: string | undefined; ; ) {
    const page: readonly ItemRecord[] = await store.listItems(runId, stage, { limit: ITEMS_A_PAGE, after });
    for (const item of page) lines.push(wordItem(item, runId));
    after = page.at(-1)?.key;
    if (page.length < ITEMS_A_PAGE) break;
  }
  return lines.length === 0 ? "" : `; items ${lines.join(", ")}`;
}

function wordItem({ key, error, outputJson }: ItemRecord, runId: string): string {
  if (error !== null) return `${key}: ${wordFailure(error.message, runId)}`;
  return `${key}: ${outputJson === null ? "nothing" : comparable(outputJson, runId)}`;
}

/** Returns the JSON text without anything that differs between any two runs. */
export function comparable(json: string, runId: string): string {
  return JSON.stringify(strip(JSON.parse(json))).replaceAll(runId, RUN_ID_SHOWN);
}

/** Returns the record of an answered question without when it was answered; of any other what it is. */
function withoutInstant(text: string): string {
  if (!text.startsWith("{")) return text;
  const { at: _, ...answer } = JSON.parse(text);
  return JSON.stringify(answer);
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  const left = isReference(value) ? LEFT_OUT[value.kind] : [];
  const kept = Object.entries(value).filter(([name]) => !left.includes(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, strip(inner)]));
}

interface Reference {
  readonly kind: keyof typeof LEFT_OUT;
}

/** A map's digest is derived from the run's ID and its holders; its cost includes calls interrupted by a crash. */
const LEFT_OUT = {
  artifact: ["attempt"],
  map: ["digest", "costUsd"],
  dataset: [],
} satisfies Readonly<Record<string, readonly string[]>> as Readonly<
  Record<"artifact" | "map" | "dataset", readonly string[]>
>;

function isReference(value: object): value is Reference {
  const { kind, runId, stage, digest } = value as { readonly [field: string]: unknown };
  return (
    typeof kind === "string" &&
    Object.hasOwn(LEFT_OUT, kind) &&
    [runId, stage, digest].every((field) => typeof field === "string")
  );
}
