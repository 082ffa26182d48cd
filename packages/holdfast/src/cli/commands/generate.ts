/** `generate`: sample data, made by what the project's configuration registers. Without a word: what there is. */
import { resolve } from "node:path";
import { BadInputError, EXIT, formatCount, plural, WrongUseError } from "@holdfast/core";
import type { GeneratorValues } from "../../extensions.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import type { FlagForm, GeneratorForm } from "../flag-form.js";
import { applyFlags, missingFields } from "../flags.js";
import { interruptible } from "../interruptible.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";

/** Between two messages of progress: a person looks up about as often. */
const SAY_EVERY_MS = 5_000;

export async function run(cli: Cli, args: Args, form: FlagForm | null): Promise<number> {
  if (form?.kind !== "generator") return listGenerators(cli);
  const file = resolve(cli.cwd, args.neededText("out", "the file to write"));
  const values = readValues(form, args);
  const { console } = cli;
  return interruptible(async (signal) => {
    let saidAtMs = cli.nowMs();
    const onProgress = (done: number, total: number) => {
      if (cli.nowMs() - saidAtMs < SAY_EVERY_MS) return;
      saidAtMs = cli.nowMs();
      console.message(`${formatCount(done)} of ${formatCount(total)}`);
    };
    const made = await form.generator.run(file, values, { signal, onProgress }).catch((thrown: unknown) => {
      throw thrown instanceof RangeError ? new WrongUseError({ problem: thrown.message }, { cause: thrown }) : thrown;
    });
    if (console.isJson) console.document({ what: form.name, ...made });
    else console.lines([`Written: ${oneLine(made.file)} (${plural(made.rows, "row")})`]);
    return EXIT.done;
  });
}

function readValues(form: GeneratorForm, args: Args): GeneratorValues {
  const values: Record<string, unknown> = {};
  for (const { path, hasDefault, defaultValue } of form.fields) {
    if (hasDefault) values[path[0] ?? ""] = defaultValue;
  }
  const issues = [...applyFlags(values, form.fields, args.entries())];
  const wrong = new Set(issues.map((issue) => issue.path));
  issues.push(...missingFields(values, form.fields).filter((issue) => !wrong.has(issue.path)));
  if (issues.length > 0) throw new BadInputError({ subject: `generate ${form.name}`, issues });
  return values as GeneratorValues;
}

async function listGenerators(cli: Cli): Promise<number> {
  const generators = Object.entries((await cli.config()).config.generators ?? {});
  const { console } = cli;
  if (console.isJson) {
    console.document(generators.map(([name, { description, options }]) => ({ name, description, options })));
    return EXIT.done;
  }
  if (generators.length === 0) {
    console.message("The configuration registers no generators.");
    return EXIT.done;
  }
  const rows = generators.map(([name, { description }]) => [name, oneLine(description)]);
  const columns = [{ title: "WHAT" }, { title: "MAKES", isElastic: true }];
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
  console.message("For the flags of one: holdfast generate <what> --help");
  return EXIT.done;
}
