/** Response of a comparison: the engine's findings with long lists and texts truncated, so that no response has megabytes. */
import type { ArtifactDifference, Holdfast, JsonChange, RunDifference, RunView } from "@holdfast/engine";

/** More than a person reads; `holdfast diff --json` has all. */
const CHANGES_MAX = 200;
const LINES_MAX = 2_000;
/** Characters of a value. */
const VALUE_LENGTH_MAX = 2_000;

export async function comparedRun(holdfast: Holdfast, run: RunView) {
  const maps = await holdfast.runs.maps(run.id);
  const { id, workflow, version, status, owner, input, createdAt, startedAt, finishedAt } = run;
  const priced = maps.filter(({ costUsd }) => costUsd !== null);
  const sum = (figure: (map: (typeof maps)[number]) => number) => maps.reduce((total, map) => total + figure(map), 0);
  return {
    id,
    workflow,
    version,
    status,
    owner,
    input,
    createdAt,
    startedAt,
    finishedAt,
    durationMs: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
    costUsd: priced.length === 0 ? null : priced.reduce((total, { costUsd }) => total + (costUsd ?? 0), 0),
    items:
      maps.length === 0
        ? null
        : {
            done: sum(({ ok, failed }) => ok + failed),
            failed: sum(({ failed }) => failed),
            total: maps.some(({ total }) => total === null) ? null : sum(({ total }) => total ?? 0),
          },
  };
}

/** How long each stage's completed attempt took; null in a run that has none. */
export function stageDurations(a: RunView, b: RunView) {
  const names = [...new Set([...a.stages, ...b.stages].map(({ name }) => name))];
  return names
    .map((stage) => ({ stage, a: durationOf(a, stage), b: durationOf(b, stage) }))
    .filter((row) => row.a !== null || row.b !== null);
}

function durationOf(run: RunView, stage: string): number | null {
  const attempts = run.stages.find(({ name }) => name === stage)?.attempts ?? [];
  const done = attempts.findLast(({ status, generation }) => status === "completed" && generation === run.generation);
  return done === undefined || done.finishedAt === null ? null : done.finishedAt - done.startedAt;
}

export const boundDifference = ({ asked, equalStages, isEqual, stages }: RunDifference) => ({
  isEqual,
  asked: boundChanges(asked),
  equalStages,
  stages: stages.map(({ output, artifacts, ...stage }) => ({
    ...stage,
    output: boundChanges(output),
    artifacts: artifacts.map(boundArtifact),
  })),
});

export function boundArtifact({ changes, hunks, ...artifact }: ArtifactDifference) {
  return {
    ...artifact,
    ...(changes === undefined ? {} : { changes: boundChanges(changes) }),
    ...(hunks === undefined ? {} : { lines: boundHunks(hunks) }),
  };
}

function boundHunks(hunks: NonNullable<ArtifactDifference["hunks"]>) {
  const shown: (typeof hunks)[number][] = [];
  let left = LINES_MAX;
  for (const hunk of hunks) {
    if (left <= 0) break;
    const edits = hunk.edits.slice(0, left).map(({ kind, text }) => ({ kind, text: cut(text) }));
    left -= edits.length;
    shown.push({ ...hunk, edits });
  }
  const count = hunks.flatMap(({ edits }) => edits).filter(({ kind }) => kind !== "same").length;
  return { count, hunks: shown };
}

const boundChanges = (changes: readonly JsonChange[]) => ({
  count: changes.length,
  first: changes.slice(0, CHANGES_MAX).map(({ before, after, ...change }) => ({
    ...change,
    ...(before === undefined ? {} : { before: boundValue(before) }),
    ...(after === undefined ? {} : { after: boundValue(after) }),
  })),
});

/** A value that is too long is told as the beginning of its text. */
function boundValue(value: unknown): unknown {
  if (typeof value === "string") return cut(value);
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? cut(text) : value;
}

const cut = (text: string): string => (text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text);
