/**
 * Resuming one run from the command line: the plan shown and asked about, the checks before, the work here. Shared by
 * `resume` and by a `start` that is a resume.
 */
import { EXIT } from "@holdfast/core";
import type { Accept, Only, Plan, RunView } from "@holdfast/engine";
import type { Cli } from "../cli.js";
import { planLines, unknownKeysLine } from "../output/plan-lines.js";
import { oneLine } from "../output/text.js";
import { workHere } from "../work-here.js";
import { prepareResume } from "./before-resume.js";
import { askedInput, changeLine, type InputSource, inputChanges } from "./input-change.js";
import { categoryWarning } from "./only.js";

export interface ResumeWish {
  readonly only: Only | undefined;
  readonly through: string | undefined;
  readonly accept: Accept | undefined;
  readonly budget?: Readonly<Record<string, number>> | undefined;
  readonly input: InputSource;
  /** False: the recorded input stays, and differences of the given one are only told. */
  readonly isInputTaken: boolean;
  /** Print what would be done, and stop. */
  readonly isPlanOnly: boolean;
  /** Show the plan of what may cost money, and ask, where somebody can answer. */
  readonly isAsking: boolean;
  readonly isDetached: boolean;
}

export async function resumeRun(cli: Cli, run: RunView, wish: ResumeWish): Promise<number> {
  const { console } = cli;
  const workflow = await cli.workflow(run.workflow);
  const holdfast = await cli.open({ workflows: [run.workflow] });
  const warn = (text: string) => console.message(`${console.messageColours.yellow("warning:")} ${oneLine(text)}`);
  const category = await categoryWarning(holdfast, run.id, wish.only);
  if (category !== null) warn(category);
  const asked = await askedInput(holdfast, run, workflow, wish.input);
  const changes = asked === undefined ? [] : await inputChanges(holdfast, run, workflow, asked, wish.isInputTaken);
  for (const change of changes) warn(changeLine(change));
  if (changes.length > 0) {
    console.message(
      wish.isInputTaken
        ? "The given input is used. For results recorded with the other input: --accept=reuse keeps them, --accept=redo redoes them."
        : `The recorded input is used. To use the given one: holdfast resume ${run.id} --config=FILE`,
    );
  }
  const input = wish.isInputTaken ? asked : undefined;
  const how = { only: wish.only, through: wish.through, accept: wish.accept, budget: wish.budget, input };
  const taken = wish.isInputTaken ? changes.map(changeLine) : [];
  if (wish.isPlanOnly) {
    const plan = await holdfast.plan(run.id, how);
    if (console.isJson) console.document(changes.length > 0 ? { ...plan, inputChanges: changes } : plan);
    else console.lines(planLines(plan, taken));
    return EXIT.done;
  }
  // What does recorded work again may cost money: shown before, and applied only as shown.
  const isCostly = how.only !== undefined || how.accept === "redo" || input !== undefined;
  let plan: Plan | undefined;
  if (isCostly && wish.isAsking && cli.canAsk) {
    plan = await holdfast.plan(run.id, how);
    for (const line of planLines(plan, taken)) console.message(line);
    // A refusal is no question: the resume below says it as an error.
    if (plan.refusal === null && !(await cli.confirm("Go on?"))) {
      console.message("Nothing was changed.");
      return EXIT.done;
    }
  }
  if (plan === undefined && how.only?.startsWith("keys:")) {
    const { unknownKeys } = await holdfast.plan(run.id, how);
    if (unknownKeys.count > 0) warn(unknownKeysLine(unknownKeys.count, unknownKeys.first));
  }
  // A copy of the store for a resume that is refused would push out an older one.
  const isRefused =
    (await cli.config()).config.backup === true && (plan ?? (await holdfast.plan(run.id, how))).refusal !== null;
  if (!isRefused) await prepareResume(cli, holdfast);
  if (wish.isDetached) {
    const handle = await holdfast.resume(run.id, { ...how, plan });
    if (console.isJson) console.document(await handle.status());
    else console.lines([`Run ${run.id} queued`, "  next  holdfast worker --until-idle"]);
    return EXIT.done;
  }
  const { head } = await holdfast.runs.get(run.id);
  const work = await holdfast.resumeHere(run.id, { ...how, plan });
  console.message(`Run ${run.id}`);
  return workHere(cli, holdfast, work, head);
}
