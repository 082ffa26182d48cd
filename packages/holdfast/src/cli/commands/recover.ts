/**
 * `recover`: the decision of the supervisor, made now, about every running run or one. It decides and writes; a worker
 * executes. `--check-only` decides and says.
 */
import { decideRecovery, EXIT, type RecoveryDecision, type RunId } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";

type Action = Exclude<RecoveryDecision, { action: "none" }>;

interface Finding {
  readonly runId: RunId;
  readonly workflow: string;
  readonly decision: Action;
  readonly token: number;
  readonly isHolderDead: boolean;
}

/** What was done, or would be. `isDone` is false where the run moved on before the decision could be written. */
interface Outcome {
  readonly runId: string;
  readonly workflow: string;
  readonly action: Action["action"];
  readonly reason: string;
  readonly isDone: boolean;
}

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const isCheckOnly = args.flag("check-only");
  const only = args.word(0) === "" ? null : await findRun(holdfast, args.word(0));
  const outcomes: Outcome[] = [];
  for (const { runId, workflow, decision, token, isHolderDead } of await findStalled(holdfast, only)) {
    const isDone =
      !isCheckOnly && (await holdfast.store.recover({ runId, token, isHolderDead, by: "recover" }, decision));
    outcomes.push({ runId, workflow, action: decision.action, reason: decision.reason, isDone });
  }
  const { console } = cli;
  if (console.isJson) console.document({ isCheckOnly, runs: outcomes });
  else if (outcomes.length === 0) console.lines(["Nothing to recover"]);
  else {
    const columns = [
      { title: "RUN" },
      { title: "WORKFLOW", isElastic: true },
      { title: isCheckOnly ? "WOULD" : "DID" },
      { title: "BECAUSE" },
    ];
    const rows = outcomes.map((one) => [
      one.runId,
      oneLine(one.workflow),
      isCheckOnly || one.isDone ? one.action : "nothing",
      isCheckOnly || one.isDone ? oneLine(one.reason) : "its worker came back",
    ]);
    console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
    if (outcomes.some((one) => one.isDone && one.action === "resume"))
      console.message("A worker takes them up: holdfast worker");
  }
  return isCheckOnly && outcomes.length > 0 ? EXIT.workFound : EXIT.done;
}

/** Pages of 200: a store with thousands of running runs is read in a few round trips, and memory stays flat. */
const PAGE_SIZE = 200;

async function findStalled(holdfast: Holdfast, only: string | null): Promise<readonly Finding[]> {
  const leases = await holdfast.leases.list();
  const dead = new Set(leases.filter((lease) => lease.isHolderDead).map((lease) => `${lease.runId}#${lease.token}`));
  const findings: Finding[] = [];
  for (let after: RunId | null = null; ; ) {
    const page = await holdfast.store.listRunning({ after, limit: PAGE_SIZE });
    for (const { lease, policy, facts } of page) {
      if (only !== null && lease.runId !== only) continue;
      const isHolderDead = dead.has(`${lease.runId}#${lease.token}`);
      const decision = decideRecovery({ ...facts, isHolderDead }, policy);
      if (decision.action === "none") continue;
      findings.push({ runId: lease.runId, workflow: lease.workflow, decision, token: lease.token, isHolderDead });
    }
    after = page.at(-1)?.lease.runId ?? null;
    if (after === null || page.length < PAGE_SIZE) return findings;
  }
}
