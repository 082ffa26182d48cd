/** `asks`: the open questions, oldest first, each with the command that answers it. */
import { EXIT } from "@holdfast/core";
import type { QuestionView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { fieldsOf, type JsonSchema } from "../fields.js";
import { findRun } from "../find-run.js";
import { flagName } from "../flags.js";
import { oneLine } from "../output/text.js";
import { formatDuration, formatInstant } from "../output/time.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const asked = args.text("run");
  const runId = asked === undefined ? undefined : await findRun(holdfast, asked);
  const limit = args.count("limit", { min: 1, max: 1_000 });
  const found = await holdfast.asks({ runId, owner: args.text("owner"), limit });
  if (cli.console.isJson) cli.console.document(found);
  else if (found.length === 0) cli.console.message("No open questions.");
  else cli.console.lines(found.flatMap((question) => linesOf(question, cli.nowMs())));
  return EXIT.done;
}

function linesOf(question: QuestionView, nowMs: number): readonly string[] {
  const { runId, workflow, name, title, details, dueAt, askedAt, to } = question;
  const until = dueAt === null ? "" : `, until ${formatInstant(dueAt)} UTC`;
  const about = details === null ? [] : [typeof details === "string" ? oneLine(details) : wordFile(details)];
  return [
    `${oneLine(title)}`,
    `  run      ${runId} (${oneLine(workflow)})`,
    `  asked    ${formatDuration(Math.max(0, nowMs - askedAt))} ago${until}${to.length === 0 ? "" : `, of ${to.map(oneLine).join(", ")}`}`,
    ...about.map((text) => `  details  ${text}`),
    `  answer   holdfast answer ${runId} ${name}${wordFields(question.schema)}`,
    "",
  ];
}

const wordFile = (file: { readonly stage: string; readonly attempt: number; readonly name: string }) =>
  `${file.stage}/attempt-${file.attempt}/${oneLine(file.name)}`;

function wordFields(schema: unknown): string {
  const shape = schema as JsonSchema | null;
  if (shape?.properties === undefined) return " --value=…";
  return fieldsOf(shape)
    .map((field) => (field.isRequired ? ` --${flagName(field)}=…` : ` [--${flagName(field)}=…]`))
    .join("");
}
