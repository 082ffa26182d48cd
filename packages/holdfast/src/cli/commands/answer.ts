/** `answer`: answers a question of a run. Its fields are those of the JSON Schema that is stored with it; no workflow is loaded. */
import { BadInputError, EXIT } from "@holdfast/core";
import type { QuestionView, Workflow } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { fieldsOf, type JsonSchema } from "../fields.js";
import { findRun } from "../find-run.js";
import { readData } from "../read-data.js";
import { layInput } from "../run-input.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const name = args.word(1);
  const holdfast = await cli.open("store");
  const runId = await findRun(holdfast, args.word(0));
  const [question] = await holdfast.asks({ runId, name });
  const value = question === undefined ? null : await readAnswer(cli, args, question);
  await holdfast.answer(runId, name, value, { note: args.text("note"), attempt: question?.attempt });
  if (cli.console.isJson) cli.console.document({ runId, question: name, value });
  else cli.console.lines([`Answered ${name} of run ${runId}`, `  next  holdfast watch ${runId}`]);
  return EXIT.done;
}

async function readAnswer(cli: Cli, args: Args, { name, schema }: QuestionView): Promise<unknown> {
  const data = args.text("data");
  if (data !== undefined) return readData(cli, data);
  const shape = (schema ?? {}) as JsonSchema;
  const isObject = shape.properties !== undefined;
  // An answer that is no object is the field `value`.
  const whole = isObject ? shape : { ...shape, properties: { value: shape }, required: ["value"] };
  const form = { kind: "workflow", workflow: { name } as Workflow, fields: fieldsOf(whole), options: [] } as const;
  const laid = layInput({ ...form, takesText: () => false }, { documents: [], flags: [], sets: args.list("set") });
  if (laid.issues.length > 0) throw new BadInputError({ subject: `the answer to ${name}`, issues: laid.issues });
  return isObject ? laid.value : ((laid.value as { readonly value?: unknown }).value ?? null);
}
