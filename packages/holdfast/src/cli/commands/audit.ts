/** `audit`: who did what, when and why; newest first, a page at a time. Entries outlive their run. */
import { AUDIT_ACTIONS, type AuditRecord, type AuditState, EXIT, RunNotFoundError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";
import { formatInstant } from "../output/time.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const query = {
    actor: args.text("actor"),
    action: args.oneOf("action", AUDIT_ACTIONS),
    limit: args.count("limit", { min: 1, max: 1_000 }),
    cursor: args.text("cursor"),
  };
  const holdfast = await cli.open("store");
  const runId = args.word(0) === "" ? undefined : await findAudited(holdfast, args.word(0));
  const page = await holdfast.management.audit({ ...query, runId });
  const { console } = cli;
  if (console.isJson) console.document(page);
  else if (page.rows.length === 0) console.message("No matching entries.");
  else {
    console.lines(auditTable(cli, page.rows, args.flag("verbose")));
    if (page.next !== null) console.message(`More: ${args.again("audit", { cursor: page.next })}`);
  }
  return EXIT.done;
}

/** A run that is there, or one that was: its whole id then. */
async function findAudited(holdfast: Holdfast, given: string): Promise<string> {
  try {
    return await findRun(holdfast, given);
  } catch (thrown) {
    if (!(thrown instanceof RunNotFoundError)) throw thrown;
    const { rows } = await holdfast.management.audit({ runId: given, limit: 1 });
    if (rows.length === 0) throw thrown;
    return given;
  }
}

function auditTable({ console }: Cli, entries: readonly AuditRecord[], isVerbose: boolean): string[] {
  const columns = [
    { title: "AT (UTC)" },
    { title: "WHO" },
    { title: "ACTION" },
    { title: "RUN" },
    { title: "CHANGE" },
    ...(isVerbose ? [{ title: "WORKFLOW" }, { title: "OWNER" }] : []),
    { title: "REASON", isElastic: true },
  ];
  const rows = entries.map((entry) => [
    formatInstant(entry.at),
    `${oneLine(entry.actor.id)} (${entry.actor.via})`,
    entry.action,
    entry.runId ?? "",
    wordChange(entry, isVerbose),
    ...(isVerbose ? [oneLine(entry.workflow ?? ""), oneLine(entry.owner ?? "")] : []),
    oneLine(entry.reason ?? ""),
  ]);
  return renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim });
}

function wordChange({ action, before, after }: AuditRecord, isVerbose: boolean): string {
  if (action === "denied") return "nothing";
  const word = (state: AuditState) => (isVerbose ? wordState(state) : state.status);
  if (before === null) return after === null ? "" : word(after);
  if (after === null) return `${word(before)} → removed`;
  if (after.status !== before.status || isVerbose) return `${word(before)} → ${word(after)}`;
  return after.wish === null ? after.status : `${after.status}, ${after.wish} asked`;
}

function wordState({ status, generation, recoveries, retries, wish }: AuditState): string {
  const asked = wish === null ? "" : `, ${wish} asked`;
  return `${status} (generation ${generation}, recoveries ${recoveries}, retries ${retries}${asked})`;
}
