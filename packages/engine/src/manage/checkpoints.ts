/** Saved checkpoints as one looks at them: keys, a cut sample, size, and what is wrong with them. Never for loading. */
import { type CheckpointRecord, type DriftItem, RUN_SCHEMA_VERSION, type RunRecord, rankOf } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { checkpointFits } from "../plan/checkpoint-fits.js";
import type { CheckpointProblem, CheckpointView } from "./facade.js";
import { cutSample } from "./sample.js";

/** A checkpoint is written whole each time: beyond this every save is felt. */
const LARGE_BYTES = 1024 * 1024;

export async function inspectCheckpoints(
  opened: Engine,
  run: RunRecord,
  stage?: string | undefined,
): Promise<readonly CheckpointView[]> {
  const { store } = opened.deps;
  const stages = stage === undefined ? await stagesOf(opened, run) : [stage];
  const records = (await Promise.all(stages.map((name) => store.getCheckpoint(run.id, name)))).filter(
    (record) => record !== null,
  );
  if (records.length === 0) return [];
  const fits = await checkpointFits(opened, run);
  return records.map((record) => inspect(opened, run, record, fits.get(record.stage)));
}

/** Whatever was tried in this generation may have saved one. */
async function stagesOf(opened: Engine, run: RunRecord): Promise<readonly string[]> {
  return (await opened.deps.store.loadHistory(run.id)).map(({ stage }) => stage);
}

/** `misfit`: null where its stage's schema takes it, undefined where nobody can tell. */
function inspect(
  opened: Engine,
  run: RunRecord,
  record: CheckpointRecord,
  misfit: DriftItem | null | undefined,
): CheckpointView {
  const sizeBytes = Buffer.byteLength(record.json);
  const value = parse(record.json);
  const problems = [
    ...(value === undefined ? [UNREADABLE] : []),
    ...findProblems(opened, run, record.stage),
    ...sizeProblems(sizeBytes, opened.deps.limits.outputBytesMax),
    ...(value === undefined || misfit === null ? [] : [misfit === undefined ? SCHEMA_UNKNOWN : schemaMisfit(misfit)]),
  ];
  return {
    stage: record.stage,
    attempt: record.attempt,
    generation: run.generation,
    savedAt: record.savedAt,
    sizeBytes,
    keys: keysOf(value),
    sample: value === undefined ? null : cutSample(value),
    isValid: problems.some(({ isFatal }) => isFatal) ? false : misfit === undefined ? null : true,
    problems,
  };
}

const UNREADABLE: CheckpointProblem = {
  code: "unreadable",
  message: "it is not readable JSON; the stage will start without it",
  isFatal: true,
};
/** The schema is given where the stage is called: only a workflow that comes so far tells it. */
const SCHEMA_UNKNOWN: CheckpointProblem = {
  code: "schemaUnknown",
  message: "whether it fits the stage's own schema shows when the stage is reached; if not, the run pauses as drift",
  isFatal: false,
};

function schemaMisfit({ now }: DriftItem): CheckpointProblem {
  const message = `it is ${now}: the run pauses as drift until a resume accepts it, --accept=reuse as it is or --accept=redo without it`;
  return { code: "schemaMisfit", message, isFatal: true };
}

function findProblems(opened: Engine, run: RunRecord, stage: string): CheckpointProblem[] {
  const problems: CheckpointProblem[] = [];
  if (run.schemaVersion !== RUN_SCHEMA_VERSION) {
    const message = `the run has schema version ${run.schemaVersion}; ${RUN_SCHEMA_VERSION} is known here`;
    problems.push({ code: "schemaVersion", message, isFatal: true });
  }
  const workflow = opened.workflows.get(run.workflow);
  if (workflow === undefined) {
    const message = `workflow ${run.workflow} is not registered here, so its stages are not known`;
    problems.push({ code: "unknownWorkflow", message, isFatal: false });
  } else if (workflow.stages !== null && rankOf(stage, workflow.stages) < 0) {
    const message = `workflow ${run.workflow} no longer declares stage ${stage}`;
    problems.push({ code: "undeclaredStage", message, isFatal: true });
  }
  return problems;
}

function sizeProblems(sizeBytes: number, limitBytes: number): CheckpointProblem[] {
  const problems: CheckpointProblem[] = [];
  if (sizeBytes > LARGE_BYTES) {
    const message = `it has ${sizeBytes} bytes and is written whole at every save; over 1 MiB an artifact is better`;
    problems.push({ code: "large", message, isFatal: false });
  }
  if (sizeBytes > limitBytes / 2) {
    const message = `it has ${sizeBytes} bytes, more than half of the ${limitBytes} that can be recorded`;
    problems.push({ code: "nearLimit", message, isFatal: false });
  }
  return problems;
}

/** A checkpoint is never undefined: JSON has no such value. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function keysOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return [`[${value.length}]`];
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
