/** `worker`: claim queued runs and work on them until stopped, or until idle. What was taken is handed back on a stop. */
import { hostname } from "node:os";
import { EXIT, WORKER_DEFAULTS } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { oneLine, plural } from "../output/text.js";
import { exitCodeOfSignal, listenToSignals } from "../signals.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const wanted = args.list("workflow");
  const concurrency = args.count("concurrency", { min: 1 }) ?? WORKER_DEFAULTS.concurrency;
  for (const name of wanted) await cli.workflow(name);
  const holdfast = await cli.open("workflows");
  const names = wanted.length > 0 ? wanted : holdfast.workflows.map((workflow) => workflow.name);
  const { console } = cli;
  console.message(
    `Working on ${names.map(oneLine).join(", ") || "no workflows"}, ${plural(concurrency, "run")} at a time. Ctrl-C stops.`,
  );
  const draining = new AbortController();
  const { promise: aborted, resolve: abort } = withResolvers<void>();
  const signals = listenToSignals(process, {
    graceMs: (await cli.settings()).stopGraceMs ?? WORKER_DEFAULTS.stopGraceMs,
    drain: () => draining.abort(),
    abort,
    exit: (code) => process.exit(code),
    say: (text) => console.message(text),
  });
  const watch = watchRuns(cli, holdfast);
  try {
    const work = holdfast.work({
      concurrency,
      untilIdle: args.flag("until-idle"),
      signal: draining.signal,
      workflows: wanted.length > 0 ? wanted : undefined,
    });
    await Promise.race([work, aborted.then(() => holdfast.close())]);
  } finally {
    await watch.stop();
    signals.stop();
  }
  const { phase, abortedBy } = signals.state();
  if (phase === "aborting" && abortedBy !== null) return exitCodeOfSignal(abortedBy);
  return phase === "draining" ? EXIT.paused : EXIT.done;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Two looks a second at what this process holds: enough for a person, nothing for the store. */
const LOOK_MS = 500;

/** Say which runs were taken and how each ended. A run shorter than a look goes unmentioned; `runs` has them all. */
function watchRuns(cli: Cli, holdfast: Holdfast): { stop: () => Promise<void> } {
  const host = hostname();
  const held = new Set<string>();
  let isStopped = false;
  let looking: Promise<void> = Promise.resolve();
  const look = async () => {
    const mine = (await holdfast.leases.list()).filter((lease) => lease.pid === process.pid && lease.host === host);
    const now = new Set<string>(mine.map((lease) => lease.runId));
    for (const lease of mine) {
      if (!held.has(lease.runId)) cli.console.message(`run ${lease.runId} (${oneLine(lease.workflow)}) taken`);
    }
    for (const runId of held) if (!now.has(runId)) await sayEnded(cli, holdfast, runId);
    held.clear();
    for (const runId of now) held.add(runId);
  };
  const timer = setInterval(() => {
    // One look at a time; a store that cannot be read now is looked at again, and the worker itself reports it.
    looking = looking.then(() => (isStopped ? undefined : look())).catch(() => undefined);
  }, LOOK_MS);
  return {
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await looking;
      await look().catch(() => undefined);
    },
  };
}

async function sayEnded(cli: Cli, holdfast: Holdfast, runId: string): Promise<void> {
  const view = await holdfast.runs.get(runId);
  const reason = view.error?.message ?? view.reason;
  cli.console.message(`run ${runId} ${view.status}${reason === null ? "" : `: ${oneLine(reason)}`}`);
}
