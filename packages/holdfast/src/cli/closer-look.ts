/** Additions of `--verbose` to a run: recovery options and checkpoints. */
import type { CheckpointView, RecoveryOptionsView, RunView } from "@holdfast/engine";
import type { Cli } from "./cli.js";
import { checkpointLines, optionLines } from "./output/closer-lines.js";

export interface CloserLook {
  readonly recoveryOptions: RecoveryOptionsView;
  readonly checkpoints: readonly CheckpointView[];
}

/** Opens the store with the run's workflow if it is registered, since the plan of a resume depends on it. */
export async function lookCloser(
  cli: Cli,
  run: Pick<RunView, "workflow"> & { readonly id: string },
): Promise<CloserLook> {
  const isRegistered = (await cli.workflowNames()).includes(run.workflow);
  const holdfast = await cli.open(isRegistered ? { workflows: [run.workflow] } : "store");
  const recoveryOptions = await holdfast.runs.recoveryOptions(run.id);
  return { recoveryOptions, checkpoints: await holdfast.runs.checkpoint(run.id) };
}

export function closerLines({ console }: Cli, { recoveryOptions, checkpoints }: CloserLook): string[] {
  const { colours, textColumns: columns } = console;
  return ["", ...optionLines(recoveryOptions, colours), ...checkpointLines(checkpoints, { columns, colours })];
}
