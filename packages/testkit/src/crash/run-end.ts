/** How a run ended, as texts that can be compared: the outcome of each stage, and of the run itself (key null). */
import type { Store, StoredOutput } from "@holdfast/core";
import type { ArtifactStore } from "@holdfast/engine";

export type End = ReadonlyMap<string | null, { readonly text: string; readonly attempts: number }>;

export async function describeEnd(store: Store, artifacts: ArtifactStore, runId: string): Promise<End> {
  const run = await store.getRun(runId);
  if (run === null) throw new Error(`run ${runId} is gone`);
  const end = new Map<string | null, { text: string; attempts: number }>();
  const textOf = async (output: StoredOutput | null) => {
    if (output?.kind === "file") return artifacts.getOutput(run.id, output.sha256);
    return output?.json ?? "nothing";
  };
  const attempts = await store.listAttempts(run.id);
  for (const { stage, isRecord } of attempts) {
    if (!isRecord) continue;
    const record = await store.getStageRecord(run.id, stage);
    const outcome = record?.outcome === "completed" ? await textOf(record.output) : `failed: ${record?.error?.message}`;
    end.set(stage, { text: outcome, attempts: attempts.filter((attempt) => attempt.stage === stage).length });
  }
  const output = run.outputFile === null ? JSON.stringify(run.output ?? null) : run.outputFile.sha256;
  const error = run.error === null ? "" : ` ${run.error.message}`;
  end.set(null, { text: `${run.status} ${output}${error}`, attempts: 1 });
  return end;
}
