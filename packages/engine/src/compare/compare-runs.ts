/**
 * What two runs recorded, compared stage by stage: outputs by structure, text artifacts by line, others by hash.
 * References are compared by what they point to: the run's id and the attempt within them always differ.
 */
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { ArtifactRecord } from "@holdfast/core";
import type { Holdfast, MapView, RunView } from "../client/facade.js";
import { compareInputs } from "./compare-inputs.js";
import { compareItems, hasDifference, type ItemsDifference } from "./compare-items.js";
import { diffJson, type JsonChange } from "./json-diff.js";
import { diffLines, type Hunk, hunksOf, splitLines } from "./line-diff.js";

export type Side = "a" | "b";

export interface ArtifactDifference {
  readonly name: string;
  readonly onlyIn?: Side | undefined;
  readonly kind: "json" | "text" | "binary";
  readonly changes?: readonly JsonChange[] | undefined;
  readonly hunks?: readonly Hunk[] | undefined;
  readonly bytes?: readonly [a: number, b: number] | undefined;
  readonly sha256?: readonly [a: string, b: string] | undefined;
}

export interface StageDifference {
  readonly stage: string;
  /** Recorded in one of the runs only. */
  readonly onlyIn?: Side | undefined;
  readonly output: readonly JsonChange[];
  readonly artifacts: readonly ArtifactDifference[];
  /** Where the stage is a map in both runs, ended or not. */
  readonly items?: ItemsDifference | undefined;
}

export interface RunDifference {
  readonly a: string;
  readonly b: string;
  /** Of what was recorded; two runs that were asked differently may be equal. */
  readonly isEqual: boolean;
  /** What was asked differently: input fields, workflow, version, `through`. */
  readonly asked: readonly JsonChange[];
  /** Stages recorded in both runs without any difference. */
  readonly equalStages: readonly string[];
  readonly stages: readonly StageDifference[];
}

type Files = "read" | "named";
/** A file of one of the two runs, and how its bytes are read. */
type Artifact = ArtifactRecord & { readonly open: () => Promise<Readable> };

/** 16 MiB: above it a difference is told by size and hash alone. */
const COMPARED_MAX_BYTES = 16 * 1024 * 1024;

/** What is compared, and how closely. */
export interface CompareOptions {
  /** Of one stage alone. Default: of all. */
  readonly stage?: string | undefined;
  /** "named" tells that a file differs, with its sizes, and reads none: `compareArtifact` reads one. Default "read". */
  readonly files?: "read" | "named" | undefined;
}

export async function compareRuns(
  holdfast: Holdfast,
  a: RunView,
  b: RunView,
  { stage, files = "read" }: CompareOptions = {},
): Promise<RunDifference> {
  const maps = { a: byStage(await holdfast.runs.maps(a.id)), b: byStage(await holdfast.runs.maps(b.id)) };
  const both = [...maps.a.keys()].filter((name) => maps.b.has(name));
  const names = stage === undefined ? [...new Set([...stageNames(a, b), ...both])] : [stage];
  const differences: StageDifference[] = [];
  const equalStages: string[] = [];
  for (const name of names) {
    const mapA = maps.a.get(name);
    const mapB = maps.b.get(name);
    const found =
      mapA && mapB
        ? await compareMaps(holdfast, a, b, { stage: name, a: mapA, b: mapB }, files)
        : await compareStage(holdfast, a, b, name, files);
    if (found === null) equalStages.push(name);
    else differences.push(found);
  }
  const isEqual = differences.length === 0;
  return { a: a.id, b: b.id, isEqual, asked: compareInputs(a, b), equalStages, stages: differences };
}

const isRecorded = (run: RunView, stage: string) =>
  run.stages.some((one) => one.name === stage && one.status === "completed");

function stageNames(a: RunView, b: RunView): readonly string[] {
  const names = [...a.stages, ...b.stages].map((stage) => stage.name);
  return [...new Set(names)].filter((name) => isRecorded(a, name) || isRecorded(b, name));
}

async function compareStage(
  holdfast: Holdfast,
  a: RunView,
  b: RunView,
  stage: string,
  files: Files,
): Promise<StageDifference | null> {
  const isInA = isRecorded(a, stage);
  const isInB = isRecorded(b, stage);
  if (isInA !== isInB) return { stage, onlyIn: isInA ? "a" : "b", output: [], artifacts: [] };
  if (!isInA) return null;
  const [outputA, outputB] = await Promise.all([holdfast.runs.output(a.id, stage), holdfast.runs.output(b.id, stage)]);
  const output = diffJson(withoutPlace(outputA), withoutPlace(outputB));
  const artifacts = await compareArtifacts(
    await newestArtifacts(holdfast, a, stage),
    await newestArtifacts(holdfast, b, stage),
    files,
  );
  return output.length === 0 && artifacts.length === 0 ? null : { stage, output, artifacts };
}

const byStage = (maps: readonly MapView[]) => new Map(maps.map((map) => [map.stage, map]));

/** By their items: the output of a map is a reference with counts, which the items say better. */
async function compareMaps(
  holdfast: Holdfast,
  a: RunView,
  b: RunView,
  maps: { readonly stage: string; readonly a: MapView; readonly b: MapView },
  files: Files,
): Promise<StageDifference | null> {
  const { stage } = maps;
  const itemsOf = async ({ runId, stage }: MapView) => (await holdfast.handle(runId)).items(stage);
  const items = await compareItems(await itemsOf(maps.a), await itemsOf(maps.b));
  const artifacts = await compareArtifacts(
    await newestArtifacts(holdfast, a, stage),
    await newestArtifacts(holdfast, b, stage),
    files,
  );
  return hasDifference(items) || artifacts.length > 0 ? { stage, output: [], artifacts, items } : null;
}

/** A reference without the run and attempt it was made by: what is left says what the content is. */
export function withoutPlace(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlace);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  const isRef =
    typeof fields.kind === "string" && typeof fields.digest === "string" && typeof fields.runId === "string";
  const kept = Object.entries(fields).filter(([key]) => !isRef || (key !== "runId" && key !== "attempt"));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutPlace(inner)]));
}

/** The files of the newest attempt that wrote each name, in the current generation. */
async function newestArtifacts(
  holdfast: Holdfast,
  run: RunView,
  stage: string,
): Promise<ReadonlyMap<string, Artifact>> {
  const newest = new Map<string, Artifact>();
  for (const artifact of await holdfast.runs.artifacts(run.id, stage)) {
    if (artifact.generation !== run.generation) continue;
    const before = newest.get(artifact.name);
    if (before !== undefined && before.attempt > artifact.attempt) continue;
    newest.set(artifact.name, { ...artifact, open: () => holdfast.runs.openArtifact(run.id, artifact) });
  }
  return newest;
}

async function compareArtifacts(
  a: ReadonlyMap<string, Artifact>,
  b: ReadonlyMap<string, Artifact>,
  files: Files,
): Promise<readonly ArtifactDifference[]> {
  const differences: ArtifactDifference[] = [];
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const inA = a.get(name);
    const inB = b.get(name);
    if (inA && inB) {
      const found =
        inA.sha256 === inB.sha256
          ? null
          : files === "read"
            ? await compareFiles(name, inA, inB)
            : nameFiles(name, inA, inB);
      if (found) differences.push(found);
    } else differences.push({ name, onlyIn: inA ? "a" : "b", kind: "binary" });
  }
  return differences;
}

/**
 * One file that a stage of both runs wrote, read and compared; "missing" where one of them wrote none.
 * @param name As the stage called it.
 */
export async function compareArtifact(
  holdfast: Holdfast,
  a: RunView,
  b: RunView,
  { stage, name }: { readonly stage: string; readonly name: string },
): Promise<ArtifactDifference | "same" | "missing"> {
  const inA = (await newestArtifacts(holdfast, a, stage)).get(name);
  const inB = (await newestArtifacts(holdfast, b, stage)).get(name);
  if (inA === undefined || inB === undefined) return "missing";
  return inA.sha256 === inB.sha256 ? "same" : compareFiles(name, inA, inB);
}

function nameFiles(name: string, a: Artifact, b: Artifact): ArtifactDifference {
  const kind = name.toLowerCase().endsWith(".json") ? "json" : "text";
  return { name, kind, bytes: [a.sizeBytes, b.sizeBytes], sha256: [a.sha256, b.sha256] };
}

async function compareFiles(name: string, a: Artifact, b: Artifact): Promise<ArtifactDifference> {
  const texts = await Promise.all([readText(a), readText(b)]);
  const [textA, textB] = texts;
  if (textA == null || textB == null) {
    return { name, kind: "binary", bytes: [a.sizeBytes, b.sizeBytes], sha256: [a.sha256, b.sha256] };
  }
  if (name.toLowerCase().endsWith(".json")) {
    const changes = jsonChanges(textA, textB);
    if (changes !== null && changes.length > 0) return { name, kind: "json", changes };
  }
  return { name, kind: "text", hunks: hunksOf(diffLines(splitLines(textA), splitLines(textB))) };
}

function jsonChanges(a: string, b: string): readonly JsonChange[] | null {
  try {
    return diffJson(withoutPlace(JSON.parse(a)), withoutPlace(JSON.parse(b)));
  } catch {
    return null; // Not JSON after all: compared as text.
  }
}

/** The file as text; null when it is too large, gone, or no text: a NUL within the first 8 KiB tells a binary file, as git does. */
async function readText(artifact: Artifact): Promise<string | null> {
  if (artifact.sizeBytes > COMPARED_MAX_BYTES) return null;
  try {
    const bytes = await buffer(await artifact.open());
    if (bytes.subarray(0, 8_192).includes(0)) return null;
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
