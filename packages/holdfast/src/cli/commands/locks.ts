/** `locks`: the leases held, and whether their holders live. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";
import { formatRelative } from "../output/time.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const silentForMs = args.count("silent-ms", { min: 0 });
  const holdfast = await cli.open("store");
  const leases = await holdfast.leases.list({ silentForMs });
  const { console } = cli;
  if (console.isJson) {
    console.document(leases);
    return EXIT.done;
  }
  if (leases.length === 0) {
    console.message(silentForMs === undefined ? "No leases are held." : "No holder has been silent that long.");
    return EXIT.done;
  }
  const { colours } = console;
  const nowMs = cli.nowMs();
  const columns = [
    { title: "RUN" },
    { title: "WORKFLOW", isElastic: true },
    { title: "HOLDER", isElastic: true },
    { title: "HOST" },
    { title: "PID", align: "right" as const },
    { title: "SINCE", align: "right" as const },
    { title: "EXPIRES", align: "right" as const },
    { title: "STATE" },
  ];
  const rows = leases.map((lease) => [
    lease.runId,
    oneLine(lease.workflow),
    oneLine(lease.holder),
    oneLine(lease.host),
    String(lease.pid),
    formatRelative(lease.since, nowMs),
    formatRelative(lease.expiresAt, nowMs),
    lease.isHolderDead
      ? { text: "dead", style: colours.red }
      : lease.isExpired
        ? { text: "expired", style: colours.yellow }
        : { text: "held", style: colours.green },
  ]);
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: colours.dim }));
  if (leases.some((lease) => lease.isHolderDead || lease.isExpired)) {
    console.message("To recover the dead and expired ones: holdfast locks clean");
  }
  return EXIT.done;
}
