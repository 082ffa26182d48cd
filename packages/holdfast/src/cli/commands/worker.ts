/** `worker`: claim queued runs and work on them until stopped, or until idle. What was taken is handed back on a stop. */
import { EXIT, WORKER_DEFAULTS } from "@holdfast/core";
import type { Holdfast, SuperviseEvent, WorkEvent } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { oneLine, plural } from "../output/text.js";
import { exitCodeOfSignal, listenToSignals } from "../signals.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const wanted = args.list("workflow");
  const concurrency = args.count("concurrency", { min: 1 }) ?? WORKER_DEFAULTS.concurrency;
  const holdfast = await cli.open(wanted.length > 0 ? { workflows: wanted } : "workflows");
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
  const words = sayWork(cli, holdfast);
  try {
    const work = holdfast.work({
      concurrency,
      untilIdle: args.flag("until-idle"),
      signal: draining.signal,
      workflows: wanted.length > 0 ? wanted : undefined,
      onRun: words.tell,
      onSupervise: (event) => console.message(wordSupervision(event)),
    });
    await Promise.race([work, aborted.then(() => holdfast.close())]);
  } finally {
    await words.told();
    signals.stop();
  }
  const { phase, abortedBy } = signals.state();
  if (phase === "aborting" && abortedBy !== null) return exitCodeOfSignal(abortedBy);
  return phase === "draining" ? EXIT.paused : EXIT.done;
}

function wordSupervision(event: SuperviseEvent): string {
  if (event.kind === "cleaned") return `retention removed ${plural(event.count, "run")}`;
  const { runId, workflow, action, reason } = event;
  return `run ${runId} (${oneLine(workflow)}) ${SUPERVISED[action]}: ${oneLine(reason)}`;
}

const SUPERVISED = { resume: "queued again", pause: "paused", fail: "failed", cancel: "cancelled" } as const;

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Says which runs were taken and how each ended, with why where it did not go well. */
function sayWork(cli: Cli, holdfast: Holdfast): { tell: (event: WorkEvent) => void; told: () => Promise<void> } {
  // One after the other, so that the lines stay in the order of what happened.
  let telling: Promise<void> = Promise.resolve();
  const say = async (event: WorkEvent) => {
    const name = `run ${event.runId}`;
    if (event.kind === "taken") return cli.console.message(`${name} (${oneLine(event.workflow)}) taken`);
    if (event.status === "completed") return cli.console.message(`${name} completed`);
    const view = await holdfast.runs.get(event.runId);
    const reason = view.error?.message ?? view.reason;
    cli.console.message(`${name} ${event.status}${reason === null ? "" : `: ${oneLine(reason)}`}`);
  };
  return {
    tell: (event) => {
      // Why a run ended is told where it can be read; the run's own record has it in any case.
      telling = telling.then(() => say(event)).catch(() => undefined);
    },
    told: () => telling,
  };
}
