/** `runs`: the newest runs as a table. */
import { EXIT, formatCount, RUN_STATUSES } from "@holdfast/core";
import type { RunView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { type Colours, statusColour } from "../output/colour.js";
import { type Cell, renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";
import { formatDuration, formatEta, formatRelative } from "../output/time.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const query = {
    status: args.oneOf("status", RUN_STATUSES),
    workflow: args.text("workflow"),
    owner: args.text("owner"),
    resumable: args.flag("resumable") ? true : undefined,
    limit: args.count("limit", { min: 1, max: 500 }),
    cursor: args.text("cursor"),
  };
  const holdfast = await cli.open("store");
  const page = await holdfast.runs.list(query);
  const { console } = cli;
  if (console.isJson) {
    console.document(page);
    return EXIT.done;
  }
  if (page.rows.length === 0) {
    console.message("No runs here. Start one: holdfast start <workflow>; the workflows: holdfast workflows.");
    return EXIT.done;
  }
  const columns = [
    { title: "RUN" },
    { title: "WORKFLOW", isElastic: true },
    { title: "STATUS" },
    { title: "PROGRESS", align: "right" as const },
    { title: "CREATED", align: "right" as const },
    { title: "TOOK", align: "right" as const },
    { title: "NOTE", isElastic: true },
  ];
  const rows = page.rows.map((row) => rowOf(row, page.asOf, console.colours));
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
  if (page.next !== null) console.message(`More: holdfast runs --cursor=${page.next}`);
  return EXIT.done;
}

function rowOf(run: RunView, nowMs: number, colours: Colours): readonly Cell[] {
  const { done, total } = run.progress;
  const took =
    run.startedAt === null
      ? ""
      : formatDuration((run.finishedAt ?? (run.status === "running" ? nowMs : run.updatedAt)) - run.startedAt);
  return [
    run.id,
    oneLine(run.workflow),
    { text: run.status, style: statusColour(run.status, colours) },
    total === null ? (done > 0 ? formatCount(done) : "") : `${formatCount(done)}/${formatCount(total)}`,
    formatRelative(run.createdAt, nowMs),
    took,
    noteOf(run),
  ];
}

function noteOf(run: RunView): string {
  if (run.wish !== null) return `${run.wish.kind} asked`;
  if (run.status === "failed") return oneLine(run.error?.message ?? run.reason ?? "");
  if (run.status === "running" && run.progress.etaMs !== null) return `ETA ${formatEta(run.progress.etaMs)}`;
  return oneLine(run.reason ?? run.progress.label ?? "");
}
