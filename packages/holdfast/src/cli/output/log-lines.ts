/**
 * The wording of a run's events, in this file only: what `logs`, `watch` and the plain progress of `start` print. One
 * entry for each event type; a missing type does not compile.
 */
import {
  formatCount,
  formatUsd,
  plural,
  type RunEvent,
  type RunEvents,
  type RunEventType,
  type WaitView,
  wordCost,
} from "@holdfast/core";
import { type Colours, coloursFor } from "./colour.js";
import { formatBytes, glance, oneLine } from "./text.js";
import { formatClock, formatDuration, formatInstant } from "./time.js";

export type LineTone = "good" | "bad" | "warn" | "plain" | "quiet";

export interface EventLine {
  readonly text: string;
  readonly tone: LineTone;
}

const line = (tone: LineTone, text: string): EventLine => ({ text, tone });
const because = (reason: string | null) => (reason === null ? "" : `: ${oneLine(reason)}`);
/** A message that more words follow: in one line, without the period that would end the sentence. */
const clause = (message: string) => oneLine(message).replace(/[.\s]+$/, "");
const attemptOf = (data: { stage: string; attempt: number }) =>
  `${oneLine(data.stage)}${data.attempt > 1 ? ` (attempt ${data.attempt})` : ""}`;

const LINES: { readonly [T in RunEventType]: (data: RunEvents[T]) => EventLine } = {
  "run.created": (d) =>
    line(
      "plain",
      `run created: workflow ${oneLine(d.workflow)}${d.version === null ? "" : ` version ${oneLine(d.version)}`}${d.parent === undefined ? "" : `, child of ${oneLine(d.parent.runId)}, stage ${oneLine(d.parent.stage)}`}${d.forkedFrom === undefined ? "" : `, forked from ${oneLine(d.forkedFrom.runId)} at stage ${oneLine(d.forkedFrom.stage)}`}`,
    ),
  "run.claimed": (d) => line("quiet", `run claimed by ${oneLine(d.holder)} (host ${oneLine(d.host)}, pid ${d.pid})`),
  "run.paused": (d) =>
    line(
      "warn",
      `run paused${because(d.reason)}${d.wakeAt === undefined ? "" : `; resumes by itself at ${formatInstant(d.wakeAt)} UTC`}`,
    ),
  "run.resumed": (d) =>
    line("plain", `run queued again by ${oneLine(d.by)}${d.through === null ? "" : `, through ${oneLine(d.through)}`}`),
  "run.recovered": (d) =>
    line("warn", `run recovered (${d.action})${because(d.reason)}; recoveries so far: ${d.recoveries}`),
  "run.completed": (d) => line("good", `run completed: ${plural(d.stages, "stage")}`),
  "run.failed": (d) => line("bad", `run failed${because(d.reason)}: ${oneLine(d.error.message)}`),
  "run.cancelled": (d) => line("warn", `run cancelled${because(d.reason)}`),
  "run.restarted": (d) => line("plain", `run restarted by ${oneLine(d.by)}: generation ${d.generation}`),
  "run.continued": (d) => line("plain", `run continued: generation ${d.generation}`),
  "run.waiting": (d) =>
    line(
      "quiet",
      `run waits${because(d.reason)}${d.wakeAt === undefined ? "" : `; goes on at ${formatInstant(d.wakeAt)} UTC`}`,
    ),
  "run.input_replaced": () => line("plain", "a newer start of its dedupe key gave the run its input"),
  "run.released": (d) => line("plain", `run may start: ${oneLine(d.after)} has ended`),
  "run.woken": (d) => line("plain", `run queued again: the wait ${oneLine(d.stage)} ended`),
  "signal.taken": (d) =>
    line("plain", `the wait ${oneLine(d.stage)} took signal ${oneLine(d.name)} from ${oneLine(d.by)}`),
  "question.answered": (d) =>
    line("plain", `question ${oneLine(d.stage)} answered by ${oneLine(d.by)}${because(d.note)}`),
  "wait.timed_out": (d) => line("warn", `the wait ${oneLine(d.stage)} ended without an answer: its time is over`),
  "run.handed_back": (d) => line("warn", `run handed back to the queue by ${oneLine(d.holder)}`),
  "stage.started": (d) =>
    line(
      "plain",
      d.wait !== undefined
        ? wordWait(d, d.wait)
        : `stage ${attemptOf(d)} started${d.label === undefined ? "" : `: ${oneLine(d.label)}`}`,
    ),
  "stage.completed": (d) => line("good", `stage ${attemptOf(d)} completed in ${formatDuration(d.ms)}`),
  "stage.failed": (d) => line("bad", `stage ${attemptOf(d)} failed: ${oneLine(d.error.message)}`),
  "stage.retrying": (d) =>
    line(
      "warn",
      d.error === null
        ? `stage ${oneLine(d.stage)} is being retried`
        : `stage ${attemptOf(d)} failed: ${clause(d.error.message)}; next attempt ${d.afterMs < 1 ? "at once" : `in ${formatDuration(d.afterMs)}`}`,
    ),
  "checkpoint.saved": (d) => line("quiet", `stage ${attemptOf(d)} saved a checkpoint (${formatBytes(d.sizeBytes)})`),
  "gate.checked": (d) => {
    const score = d.score === null ? "" : `: ${d.score}${d.threshold === null ? "" : ` of ${d.threshold} needed`}`;
    return line(
      d.passed ? "good" : "warn",
      `stage ${attemptOf(d)}: gate ${oneLine(d.gate)} ${d.passed ? "passed" : "not passed"}${score}`,
    );
  },
  "artifact.written": (d) =>
    line("quiet", `stage ${attemptOf(d)} wrote ${oneLine(d.name)} (${formatBytes(d.sizeBytes)})`),
  "lease.lost": (d) => line("bad", `lease ${d.token} of ${oneLine(d.holder)} was lost; its later writes are refused`),
  "map.committed": (d) =>
    line(
      "plain",
      `stage ${oneLine(d.stage)}: ${d.total === null ? plural(d.done, "item") : `${formatCount(d.done)} of ${plural(d.total, "item")}`}${d.failed > 0 ? `, ${formatCount(d.failed)} failed` : ""}${d.costUsd === 0 ? "" : `, ${d.costUsd === null ? "cost " : ""}${wordCost(d)}`}`,
    ),
  "budget.reached": (d) =>
    line(
      "warn",
      `stage ${oneLine(d.stage)}: budget reached, ${formatUsd(d.spentUsd)} of ${formatUsd(d.budgetUsd)} spent`,
    ),
  "drift.accepted": (d) =>
    line(
      "warn",
      d.as === "told"
        ? wordTold(d.drift, d.by)
        : `${plural(d.drift.length, "change")} accepted (${oneLine(d.as)}) by ${oneLine(d.by)}${because(d.reason ?? null)}`,
    ),
  log: (d) =>
    line("plain", `${oneLine(d.stage)}: ${oneLine(d.message)}${d.data === undefined ? "" : ` ${glance(d.data, 300)}`}`),
};

function wordWait(d: { stage: string; attempt: number }, { kind, dueAt }: WaitView): string {
  return `stage ${attemptOf(d)} waits (${kind})${dueAt === null ? "" : ` until ${formatInstant(dueAt)} UTC`}`;
}

export function eventLine(event: RunEvent): EventLine {
  // Events of a newer version may have types that this one does not know: shown as they are, not lost.
  const word = (LINES as Readonly<Record<string, ((data: never) => EventLine) | undefined>>)[event.type];
  return word ? word(event.data as never) : line("plain", `${oneLine(event.type)} ${glance(event.data, 300)}`);
}

/** `14:03:22.481  stage gather started`, with the event's number in front where `logs` asks for it. */
export function renderEvent(event: RunEvent, colours: Colours = coloursFor(false), withNumber = false): string {
  const { text, tone } = eventLine(event);
  const tones: Readonly<Record<LineTone, (text: string) => string>> = {
    good: colours.green,
    bad: colours.red,
    warn: colours.yellow,
    quiet: colours.dim,
    plain: (same) => same,
  };
  const number = withNumber ? `${colours.dim(String(event.seq).padStart(5))}  ` : "";
  return `${number}${colours.dim(formatClock(event.at))}  ${tones[tone](text)}`;
}

/** What a run goes on with without anybody's word: other code, where its workflow only wants to be told. */
function wordTold(drift: readonly unknown[], by: string): string {
  const [first] = drift as readonly { readonly was?: unknown; readonly now?: unknown }[];
  return `code changed: was ${oneLine(String(first?.was))}, is ${oneLine(String(first?.now))} with ${oneLine(by)}`;
}
