/** What a project says about two runs of a workflow, made of two of its runs: which became right or wrong, say. */
import type { Holdfast, RunView } from "../client/facade.js";
import type { DatasetEntry, ItemResult } from "../workflow/context.js";
import type { DatasetRef } from "../workflow/refs.js";

/** One of the two runs of a comparison. */
export interface ComparedRun {
  /** The run with its stages. */
  readonly run: RunView;
  /** What a map of the run recorded, in the order of keys; the same for both runs. Read as often as asked. */
  readonly items: (stage: string) => AsyncIterable<ItemResult<unknown>>;
  /** A stage's recorded output; null where it has none yet. */
  readonly output: (stage: string) => Promise<unknown>;
  /** The rows of a dataset that a stage gave, in their order. */
  readonly rows: <Row>(ref: DatasetRef<Row>) => AsyncIterable<DatasetEntry<Row>>;
}

/** What a comparison says about two runs. */
export interface ComparisonReport {
  /** For programs: what `diff --json` gives as `comparison`. */
  readonly document: unknown;
  /** For people. */
  readonly lines: readonly string[];
}

/** What is compared. */
export interface ComparisonScope {
  /** The one stage asked for (`diff --stage`); undefined for the whole runs. */
  readonly stage?: string | undefined;
}

/**
 * What a workload has to say about two of its runs, beyond which results differ: which became right or wrong, say. Null where
 * it has nothing to say about the scope.
 */
export type RunComparison = (
  a: ComparedRun,
  b: ComparedRun,
  scope: ComparisonScope,
) => Promise<ComparisonReport | null>;

/** A comparison, loaded when two runs of its workflow are compared. */
export type LoadComparison = () => RunComparison | Promise<RunComparison>;

/** Null where the runs are of different workflows, or theirs has no comparison, or none of the one stage asked for. */
export async function compareByWorkflow(
  comparisons: Readonly<Record<string, LoadComparison>>,
  holdfast: Holdfast,
  { a, b, stage }: { readonly a: RunView; readonly b: RunView; readonly stage?: string | undefined },
): Promise<ComparisonReport | null> {
  const load = Object.hasOwn(comparisons, a.workflow) ? comparisons[a.workflow] : undefined;
  if (load === undefined || a.workflow !== b.workflow) return null;
  const compare = await load();
  return compare(await sideOf(holdfast, a), await sideOf(holdfast, b), { stage });
}

async function sideOf(holdfast: Holdfast, run: RunView): Promise<ComparedRun> {
  const handles = new Map<string, (stage: string) => AsyncIterable<never>>();
  for (const { stage, runId } of await holdfast.runs.maps(run.id)) {
    const handle = await holdfast.handle(runId);
    handles.set(stage, () => handle.items(stage) as AsyncIterable<never>);
  }
  return {
    run,
    // A stage that is no map, or has not begun, has no items.
    items: (stage) => handles.get(stage)?.(stage) ?? nothing(),
    output: async (stage) =>
      run.stages.some((one) => one.name === stage && one.status === "completed")
        ? holdfast.runs.output(run.id, stage)
        : null,
    rows: (ref) => holdfast.datasets.rows(ref),
  };
}

async function* nothing(): AsyncIterable<never> {}
