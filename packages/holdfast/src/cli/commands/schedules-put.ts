/** `schedules put`: creates or changes a schedule. The next five instants are shown, so that a slip of the fields is seen. */
import { EXIT, SCHEDULE_CATCH_UPS, SCHEDULE_OVERLAPS, WrongUseError } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { scheduleLines } from "../output/schedule-lines.js";
import { buildInput, inputFormOf, readDocuments } from "../run-input.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const name = args.word(0);
  const asked = args.text("workflow");
  if (asked === undefined) {
    throw new WrongUseError({ problem: `--workflow is missing: one of ${(await cli.workflowNames()).join(", ")}.` });
  }
  const workflow = await cli.workflow(asked);
  const documents = await readDocuments([args.text("input")], cli);
  const form = await inputFormOf(workflow, []);
  const holdfast = await cli.open({ workflows: [workflow.name] });
  const schedule = await holdfast.schedules.put(name, {
    workflow: workflow.name,
    cron: args.text("cron"),
    timezone: args.text("timezone"),
    everyMs: args.duration("every"),
    input: buildInput(form, { documents, flags: [], sets: args.list("set") }) ?? {},
    overlap: args.oneOf("overlap", SCHEDULE_OVERLAPS),
    catchUp: args.oneOf("catch-up", SCHEDULE_CATCH_UPS),
    jitterMs: args.duration("jitter"),
    owner: args.text("owner"),
    reason: args.text("reason"),
  });
  if (cli.console.isJson) cli.console.document(schedule);
  else cli.console.lines(scheduleLines(schedule, [], cli.nowMs()));
  return EXIT.done;
}
