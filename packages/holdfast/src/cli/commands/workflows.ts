/** `workflows`: what can be started here. */
import { EXIT } from "@holdfast/core";
import { inputJsonSchema } from "@holdfast/engine";
import { NO_CONFIG_FILE } from "../../config-file.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";

export async function run(cli: Cli, _args: Args): Promise<number> {
  const workflows = await cli.workflows();
  const { console } = cli;
  if (console.isJson) {
    const rows = workflows.map(async ({ name, version, stages, policy, ...workflow }) => ({
      name,
      version,
      stages,
      recovery: policy,
      input: await inputJsonSchema({ name, version, stages, policy, ...workflow }),
    }));
    console.document(await Promise.all(rows));
    return EXIT.done;
  }
  if (workflows.length === 0) {
    const { file } = await cli.config();
    console.message(file === null ? NO_CONFIG_FILE : "The configuration registers no workflows.");
    return EXIT.done;
  }
  const rows = workflows.map((one) => [
    oneLine(one.name),
    one.version ?? "",
    one.stages === null ? "not declared" : one.stages.map((stage) => oneLine(stage.name)).join(" "),
  ]);
  const columns = [{ title: "WORKFLOW" }, { title: "VERSION" }, { title: "STAGES", isElastic: true }];
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
  console.message("For the flags of one: holdfast start <workflow> --help");
  return EXIT.done;
}
