/** `resume`: go on with a run here; `--plan` only says what that would do. */
import { RunNotFoundError, WrongUseError } from "@holdfast/core";
import type { Accept, Holdfast } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { actOnMany, isForMany } from "../many-runs.js";
import { parseOnly } from "../resume/only.js";
import { resumeRun } from "../resume/resume-run.js";
import { readDocuments } from "../run-input.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const only = await parseOnly(args.text("only"), cli.cwd);
  if (isForMany(args, "resume")) return actOnMany(cli, args, { action: "resume", only });
  const accept = args.oneOf<Accept>("accept", ["reuse", "redo", "missing-source", "code"]);
  const documents = await readDocuments([args.text("config"), args.text("input")], cli);
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(await chooseRun(holdfast, args));
  return resumeRun(cli, view, {
    only,
    accept,
    through: args.text("through"),
    budget: parseBudgets(args.list("budget")),
    input: { documents, sets: args.list("set"), onBadRow: args.oneOf("on-bad-row", ["fail", "skip"]) },
    isInputTaken: true,
    isPlanOnly: args.flag("plan"),
    isAsking: !args.flag("yes"),
    isDetached: args.flag("detach"),
  });
}

/** @throws {WrongUseError} WRONG_USE — for what is no STAGE=USD. The engine checks the names and the amounts. */
function parseBudgets(given: readonly string[]): Record<string, number> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((text) => {
      const [, stage, usd] = text.match(/^([^=]+)=\s*\$?(\d+(?:\.\d+)?)$/) ?? [];
      if (stage === undefined)
        throw new WrongUseError({ problem: `--budget: STAGE=USD is expected, "${text}" was given.` });
      return [stage, Number(usd)];
    }),
  );
}

async function chooseRun(holdfast: Holdfast, args: Args): Promise<string> {
  const given = args.word(0);
  const workflow = args.text("workflow");
  if (args.flag("latest") === (given !== "")) {
    throw new WrongUseError({ problem: "holdfast resume needs <runId>, --latest, or --where for many runs." });
  }
  if (given !== "") {
    if (workflow !== undefined)
      throw new WrongUseError({ problem: "--workflow is used with --latest, not with a run ID." });
    return findRun(holdfast, given);
  }
  const { rows } = await holdfast.runs.list({ resumable: true, workflow, limit: 1 });
  const [newest] = rows;
  if (!newest)
    throw new RunNotFoundError({ runId: workflow === undefined ? "--latest" : `--latest --workflow ${workflow}` });
  return newest.id;
}
