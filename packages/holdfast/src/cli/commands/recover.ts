/**
 * `recover`: the decision of the supervisor, made now, about every running run or one. It decides and writes; a worker
 * executes. `--check-only` decides and says; `--reset` gives a run its recoveries and retries back first.
 */
import { ACTS_FROM, IllegalMoveError, isFinished, WrongUseError } from "@holdfast/core";
import type { Holdfast, RecoverOptions } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { readRecoverOptions, showReport } from "../look-for-recovery.js";

const NOTHING = "Nothing to recover";

export async function run(cli: Cli, args: Args): Promise<number> {
  const options = readRecoverOptions(args);
  const isReset = args.flag("reset");
  if (isReset && args.word(0) === "") throw new WrongUseError({ problem: "--reset needs <runId>." });
  const holdfast = await cli.open("store");
  const runId = args.word(0) === "" ? undefined : await findRun(holdfast, args.word(0));
  if (isReset && runId !== undefined) return recoverAfresh(cli, args, holdfast, { ...options, runId });
  return showReport(cli, await holdfast.management.recover({ ...options, runId }), {
    command: "recover",
    args,
    nothing: NOTHING,
  });
}

async function recoverAfresh(
  cli: Cli,
  args: Args,
  holdfast: Holdfast,
  options: RecoverOptions & { readonly runId: string },
): Promise<number> {
  const { runId } = options;
  const { management, runs } = holdfast;
  const { status, recoveries, retries } = await runs.summary(runId);
  if (isFinished(status)) {
    const asked = "reset recoveries";
    throw new IllegalMoveError({ runId, status, asked, allowed: ACTS_FROM[asked] });
  }
  const check = await management.recover({ ...options, runId, afresh: true, checkOnly: true });
  const isReset = options.checkOnly !== true;
  const word = isReset ? "Reset" : "Would reset";
  if (isReset) await runs.resetRecoveries(runId, options.reason === undefined ? {} : { reason: options.reason });
  if (!cli.console.isJson) {
    cli.console.lines([`${word} run ${runId}: recoveries ${recoveries} → 0, retries ${retries} → 0`]);
  }
  const report = isReset ? await management.recover({ ...options, runId }) : check;
  const more = { reset: { runId, recoveries, retries } };
  return showReport(cli, report, {
    command: "recover",
    args,
    nothing: NOTHING,
    more,
    isMore: recoveries + retries > 0,
  });
}
