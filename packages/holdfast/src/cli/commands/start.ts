/** `start`: make a run and work on it here, or with --detach leave it to a worker. */
import { EXIT, WrongUseError } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { nextSteps } from "../output/timeline.js";
import { buildInput, type InputForm } from "../run-input.js";
import { workHere } from "../work-here.js";

export async function run(cli: Cli, args: Args, form: InputForm | null): Promise<number> {
  if (form === null) throw new WrongUseError({ problem: "holdfast start needs <workflow>." });
  const fieldNames = new Set(form.options.map((option) => option.name));
  const isField = (name: string) =>
    fieldNames.has(name) || form.fields?.some((field) => field.kind === "record" && name.includes("."));
  const input = await buildInput(
    form,
    {
      configFile: args.text("config"),
      inputFile: args.text("input"),
      flags: [...args.entries()].filter(([name]) => isField(name)),
      sets: args.list("set"),
    },
    cli.stdin,
  );
  const options = { runId: args.text("run-id"), through: args.text("through"), owner: args.text("owner") };
  const holdfast = await cli.open("workflows");
  if (args.flag("detach")) {
    const handle = await holdfast.start(form.workflow, input, options);
    const queued = await handle.status();
    if (cli.console.isJson) cli.console.document(queued);
    else cli.console.lines([`Run ${handle.id} queued`, ...nextSteps(queued).map((step) => `  next  ${step}`)]);
    return EXIT.done;
  }
  const work = await holdfast.startHere(form.workflow, input, options);
  cli.console.message(`Run ${work.handle.id}`);
  return workHere(cli, holdfast, work);
}
