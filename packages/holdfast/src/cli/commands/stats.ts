/** `stats`: how many runs there are, how they went, and who looks after them. */
import { COUNT_GROUPINGS, EXIT, formatCount, plural, RUN_STATUSES } from "@holdfast/core";
import type { Statistics, WorkerView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { NO_WORKER, wordRetention, wordSupervision } from "../output/supervision.js";
import { type Cell, renderTable } from "../output/table.js";
import { oneLine, padEnd } from "../output/text.js";
import { formatDuration, formatRelative } from "../output/time.js";

const HOUR_MS = 3_600_000;

export async function run(cli: Cli, args: Args): Promise<number> {
  const hours = args.amount("window-hours", "hours", "over 0");
  const query = {
    owner: args.text("owner"),
    workflow: args.text("workflow"),
    tag: args.text("tag"),
    windowMs: hours === undefined ? undefined : hours * HOUR_MS,
    groupBy: args.someOf("by", COUNT_GROUPINGS),
  };
  const holdfast = await cli.open("store");
  const stats = await holdfast.management.stats(query);
  const workers = args.flag("verbose") ? await holdfast.management.workers() : null;
  const { console } = cli;
  if (console.isJson) console.document(workers === null ? stats : { ...stats, workers });
  else {
    const facts = [...summary(stats), ...(workers === null ? [] : settings(stats))];
    console.lines(facts.map(([label, text]) => `${console.colours.dim(padEnd(label, LABEL_WIDTH))}${text}`));
    if (stats.groups !== undefined) console.lines(["", ...groupTable(cli, stats.groups)]);
    if (workers !== null && workers.length > 0) console.lines(["", ...workerTable(cli, workers)]);
  }
  return EXIT.done;
}

const LABEL_WIDTH = 12;

function summary({ asOf, active, recent, successRate, supervisor }: Statistics): (readonly [string, string])[] {
  const count = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([status, number]) => `${formatCount(number)} ${status}`)
      .join(", ");
  const { windowMs, ...ended } = recent;
  const success = successRate === null ? "" : `; ${Math.round(successRate * 1_000) / 10} % succeeded`;
  return [
    ["active", count({ ...active })],
    [`last ${Math.round((windowMs / HOUR_MS) * 10) / 10} h`, `${count(ended)}${success}`],
    ["workers", wordSupervision(supervisor, asOf) ?? NO_WORKER],
    [
      "supervised",
      `${formatCount(supervisor.recovered)} recovered, ${formatCount(supervisor.failed)} failed, since the store was created`,
    ],
  ];
}

function settings({ config }: Statistics): (readonly [string, string])[] {
  const { scanMs, stallAfterMs, maxRecoveries, maxRetries, idleTimeoutMs, idleCheckMs, startTimeoutMs } = config;
  const limit = (ms: number | null) => (ms === null ? "off" : formatDuration(ms));
  return [
    [
      "stalls",
      `checked every ${formatDuration(scanMs)}; silent after ${formatDuration(stallAfterMs)}; ${plural(maxRecoveries, "recovery", "recoveries")}`,
    ],
    [
      "timeouts",
      `idle ${limit(idleTimeoutMs)}, checked every ${formatDuration(idleCheckMs)}, ${plural(maxRetries, "retry", "retries")}; start ${limit(startTimeoutMs)}`,
    ],
    ["", "(defaults; a workflow's `recovery` overrides them)"],
    ["retention", wordRetention(config.retention)],
  ];
}

/** Counts of each workflow, owner or both. */
function groupTable(cli: Cli, groups: NonNullable<Statistics["groups"]>): string[] {
  const { colours, tableColumns } = cli.console;
  const columns = [
    { title: "WORKFLOW", isElastic: true },
    { title: "OWNER", isElastic: true },
    ...RUN_STATUSES.map((status) => ({ title: status.toUpperCase(), align: "right" as const })),
  ];
  const rows = groups.map((group): readonly Cell[] => [
    oneLine(group.workflow ?? "-"),
    oneLine(group.owner ?? "-"),
    ...RUN_STATUSES.map((status) => formatCount(group[status])),
  ]);
  return renderTable(columns, rows, { columns: tableColumns, heading: colours.dim });
}

function workerTable(cli: Cli, workers: readonly WorkerView[]): string[] {
  const { colours, tableColumns } = cli.console;
  const nowMs = cli.nowMs();
  const columns = [
    { title: "WORKER", isElastic: true },
    { title: "HOST" },
    { title: "PID", align: "right" as const },
    { title: "RUNS", align: "right" as const },
    { title: "STARTED", align: "right" as const },
    { title: "SEEN", align: "right" as const },
    { title: "SUPERVISES" },
    { title: "STATE" },
    { title: "TAKES", isElastic: true },
  ];
  const rows = workers.map((worker): readonly Cell[] => [
    oneLine(worker.holder.name),
    oneLine(worker.holder.host),
    String(worker.holder.pid),
    `${worker.executing}/${worker.concurrency}`,
    formatRelative(worker.startedAt, nowMs),
    formatRelative(worker.seenAt, nowMs),
    worker.isSupervising ? "yes" : "no",
    worker.isDead ? { text: "dead", style: colours.red } : { text: "alive", style: colours.green },
    worker.workflows.map(oneLine).join(" "),
  ]);
  return renderTable(columns, rows, { columns: tableColumns, heading: colours.dim });
}
