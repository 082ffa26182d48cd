/**
 * Working on one run in this process, as `start` and `resume` do: progress, Ctrl-C, the summary and the exit code.
 */
import { type CostView, exitCodeOfRun, formatCount, plural, sumCosts, WORKER_DEFAULTS, wordCost } from "@holdfast/core";
import { catchStrayErrors, type ForegroundRun, type Holdfast, type RunView } from "@holdfast/engine";
import type { Cli } from "./cli.js";
import { factsOfRun } from "./facts-of-run.js";
import { followRun } from "./follow.js";
import { leave, watchForExit } from "./leave.js";
import { wordRunTime } from "./output/active-time.js";
import { adviseOn, type RunFacts } from "./output/advice.js";
import { statusColour } from "./output/colour.js";
import { glance, oneLine, padEnd } from "./output/text.js";
import { formatInstant } from "./output/time.js";
import { exitCodeOfSignal, listenToSignals } from "./signals.js";

export async function workHere(cli: Cli, holdfast: Holdfast, work: ForegroundRun, after = 0): Promise<number> {
  const { console } = cli;
  const follower = followRun({ handle: work.handle, console, nowMs: () => cli.nowMs(), after });
  const said = cli.notice;
  cli.notice = (text) => follower.say(text);
  const watch = watchForExit(holdfast);
  catchStrayErrors();
  const signals = listenToSignals(process, {
    graceMs: (await cli.settings()).stopGraceMs ?? WORKER_DEFAULTS.stopGraceMs,
    drain: () => work.drain(),
    abort: () => work.abort(),
    exit: (code) => {
      watch.release();
      leave(holdfast, code);
    },
    say: (text) => follower.say(text),
  });
  try {
    const begun = await work.handle.status();
    if (begun.status === "queued" && begun.wakeAt !== null) {
      follower.say(`run starts at ${formatInstant(begun.wakeAt)} UTC`);
    }
    await work.done;
  } finally {
    watch.release();
    await follower.stop();
    cli.notice = said;
    signals.stop();
  }
  const run = await work.handle.status();
  if (run.status === "running") console.message(wordLost(run));
  if (console.isJson) console.document(run);
  else {
    const files = await holdfast.runs.artifacts(run.id);
    const [cost, facts] = [await costOf(holdfast, run), await factsOfRun(holdfast, run)];
    const known = { cost, facts, files, folder: await cli.artifactFolder(holdfast, run) };
    console.lines(summaryLines(cli, run, known));
  }
  const { phase, abortedBy } = signals.state();
  // A run that ended all the same ended; only one that was stopped half-way reports the stop.
  const isStopped = run.status === "paused" || run.status === "queued" || run.status === "running";
  return phase === "aborting" && abortedBy !== null && isStopped ? exitCodeOfSignal(abortedBy) : exitCodeOfRun(run);
}

/** It ended here and still runs: nothing failed, so nothing else says why this process ends with another code than 0. */
function wordLost({ id, lease }: RunView): string {
  const holder = lease === null ? "another worker" : `${lease.holder} (host ${lease.host}, pid ${lease.pid})`;
  return (
    `LEASE_LOST: run ${id} is no longer executed here: no heartbeat of this process was accepted in time. ` +
    `Its lease is now held by ${holder}. See holdfast show ${id}. If no worker continues it: holdfast resume ${id}.`
  );
}

/** Of the run's own maps: what a fork kept was paid for by the run that made it. */
async function costOf(holdfast: Holdfast, run: RunView): Promise<CostView> {
  const own = (await holdfast.runs.maps(run.id)).filter(({ runId }) => runId === run.id);
  return sumCosts(own);
}

/** What the run's view does not say. */
interface Known {
  readonly files: readonly ArtifactFile[];
  readonly cost: CostView;
  readonly facts: RunFacts;
  /** Where the files of the run are. */
  readonly folder: string;
}

type ArtifactFile = Awaited<ReturnType<Holdfast["runs"]["artifacts"]>>[number];

/** Of an output: each file that it refers to, with its place, and each table of counts, such as prospects by tier. */
function outputLines(
  output: unknown,
  files: readonly ArtifactFile[],
  fact: (label: string, text: string) => string,
): string[] {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return [];
  return Object.entries(output).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    const { kind, stage, name: fileName } = value as { kind?: unknown; stage?: unknown; name?: unknown };
    if (kind === "artifact") {
      const file = files.findLast((one) => one.stage === stage && one.name === fileName);
      return file === undefined ? [] : [fact("file", oneLine(file.path))];
    }
    const counts = Object.entries(value);
    if (counts.length === 0 || counts.some(([, count]) => typeof count !== "number")) return [];
    return [
      fact(oneLine(name), counts.map(([key, count]) => `${oneLine(key)} ${formatCount(count as number)}`).join(" · ")),
    ];
  });
}

function summaryLines(cli: Cli, run: RunView, { cost, facts, files, folder }: Known): string[] {
  const { colours, textColumns } = cli.console;
  const fact = (label: string, text: string) => `  ${colours.dim(padEnd(label, 11))}${text}`;
  const status = statusColour(run.status, colours)(run.status);
  const took = run.startedAt === null ? "" : ` after ${wordRunTime(run, cli.nowMs())}`;
  const lines = [
    `Run ${colours.bold(run.id)} ${status}${run.reason === null ? "" : ` (${oneLine(run.reason)})`}${took}`,
  ];
  const completed = run.stages.filter((stage) => stage.status === "completed").length;
  lines.push(
    fact(
      "stages",
      `${plural(completed, "stage")} completed${run.stages.length > completed ? ` of ${run.stages.length}` : ""}`,
    ),
  );
  if (run.progress.failed > 0) lines.push(fact("items", `${plural(run.progress.failed, "item")} failed`));
  if (cost.costUsd !== 0) lines.push(fact("cost", wordCost(cost)));
  lines.push(fact("artifacts", folder));
  if (run.status === "completed") lines.push(...outputLines(run.output, files, fact));
  if (run.status === "completed" && run.output !== null)
    lines.push(fact("output", glance(run.output, textColumns - 13)));
  if (run.error !== null) lines.push(fact("error", oneLine(run.error.message)));
  const advice = adviseOn(run, facts);
  for (const [label, text] of advice.notes) lines.push(fact(label, text));
  const [next] = run.status === "completed" ? [`holdfast show ${run.id}`] : advice.next;
  if (next !== undefined) lines.push(fact("next", next));
  return lines;
}
