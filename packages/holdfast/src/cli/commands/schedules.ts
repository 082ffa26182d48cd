/** `schedules`: what starts runs by the clock, by name. */
import { EXIT, SCHEDULE_STATES } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { styleState, wordInstantIn, wordNext } from "../output/schedule-lines.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const state = args.oneOf("state", SCHEDULE_STATES);
  const limit = args.count("limit", { min: 1, max: 1_000 });
  const query = { workflow: args.text("workflow"), owner: args.text("owner"), limit };
  const { schedules } = await cli.open("store");
  const found = await schedules.list({ ...query, states: state === undefined ? undefined : [state] });
  const { console } = cli;
  if (console.isJson) {
    console.document(found);
    return EXIT.done;
  }
  if (found.length === 0) {
    console.message("No schedules. Declare one in a workflow (`schedules`), or: holdfast schedules put <name>");
    return EXIT.done;
  }
  const columns = [
    { title: "SCHEDULE", isElastic: true },
    { title: "WORKFLOW", isElastic: true },
    { title: "STATE" },
    { title: "WHEN", isElastic: true },
    { title: "ZONE" },
    { title: "NEXT, IN ITS ZONE" },
    { title: "" },
    { title: "ACTIVE", align: "right" as const },
  ];
  const nowMs = cli.nowMs();
  const rows = found.map((schedule) => [
    oneLine(schedule.name),
    oneLine(schedule.workflow),
    styleState(schedule, console.colours),
    oneLine(schedule.words),
    oneLine(schedule.timezone ?? ""),
    schedule.nextAt === null ? "" : wordInstantIn(schedule.nextAt, schedule.timezone),
    wordNext(schedule, nowMs),
    schedule.activeCount === 0 ? "" : String(schedule.activeCount),
  ]);
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
  return EXIT.done;
}
