/**
 * Events as sentences: the one place that words them. What comes from models and users stays text, and the parts that matter are
 * marked by their kind, never by markup in them.
 */
import type { RunEvent } from "../api/types.js";
import { bytes, count, counted, usd } from "../words/numbers.js";
import { duration, until } from "../words/times.js";

export type Word = string | { readonly b: string };
export interface EventWords {
  readonly words: readonly Word[];
  readonly tone: "" | "warn" | "fail";
}

// biome-ignore lint/suspicious/noExplicitAny: the facts of an event, by its type
type Facts = any;
type Wording = (data: Facts, at: number) => readonly Word[];

const reasonOf = (reason: unknown) => (typeof reason === "string" && reason !== "" ? `: ${reason}` : "");
const b = (text: unknown): Word => ({ b: String(text) });

const WORDS: Readonly<Record<string, Wording>> = {
  "run.created": (d) =>
    d.forkedFrom === undefined
      ? ["run created", ...(d.owner === null ? [] : [" by ", b(d.owner)])]
      : ["forked from ", b(d.forkedFrom.runId), ` at ${d.forkedFrom.stage}`],
  "run.claimed": (d) => ["run taken by ", b(d.holder), `, token ${d.token}`],
  "run.paused": (d, at) => [
    `paused${reasonOf(d.reason)}`,
    ...(d.wakeAt === undefined ? [] : [`, goes on at ${until(d.wakeAt, at)}`]),
  ],
  "run.resumed": (d) => ["resumed by ", b(d.by), ...(d.through === null ? [] : [`, through ${d.through}`])],
  "run.recovered": (d) => [`run recovered (${d.action}): ${d.reason}`],
  "run.completed": (d) => ["completed after ", b(counted(d.stages, "stage"))],
  "run.failed": (d) => ["failed: ", b(d.error?.message ?? d.reason ?? "")],
  "run.cancelled": (d) => [`cancelled${reasonOf(d.reason)}`],
  "run.restarted": (d) => ["restarted by ", b(d.by), `, generation ${d.generation}`],
  "run.continued": (d) => [`continued, generation ${d.generation}`],
  "run.waiting": (d, at) => [
    `waits${reasonOf(d.reason)}`,
    ...(d.wakeAt === undefined ? [] : [`, until ${until(d.wakeAt, at)}`]),
  ],
  "run.input_replaced": () => ["has the input of a newer start"],
  "run.released": (d) => ["may start: ", b(d.after), " has ended"],
  "run.woken": (d) => ["goes on: ", b(d.stage), " is over"],
  "signal.taken": (d) => ["signal ", b(d.name), ` from ${d.by} taken by `, b(d.stage)],
  "question.answered": (d) => ["question ", b(d.stage), " answered by ", b(d.by), reasonOf(d.note)],
  "wait.timed_out": (d) => ["nothing came for ", b(d.stage), " in time"],
  "run.handed_back": (d) => ["handed back by ", b(d.holder)],
  "stage.started": (d, at) => [
    "stage ",
    b(d.stage),
    ...(d.wait === undefined
      ? []
      : [` waits (${d.wait.kind})`, d.wait.dueAt === null ? "" : ` until ${until(d.wait.dueAt, at)}`]),
    d.wait !== undefined ? "" : d.attempt > 1 ? ` began, attempt ${d.attempt}` : " began",
    d.label === undefined ? "" : `: ${d.label}`,
  ],
  "stage.completed": (d) => ["stage ", b(d.stage), ` completed in ${duration(d.ms)}`],
  "stage.failed": (d) => ["stage ", b(d.stage), ` failed: ${d.error?.message ?? ""}`],
  "stage.retrying": (d) => [
    "stage ",
    b(d.stage),
    d.error === null ? " is tried again" : ` is tried again in ${duration(d.afterMs)}: ${d.error.message}`,
  ],
  "checkpoint.saved": (d) => ["checkpoint of ", b(d.stage), `, ${bytes(d.sizeBytes)}`],
  "gate.checked": (d) => [
    "gate ",
    b(d.gate),
    ` of ${d.stage} ${d.passed ? "passed" : "not passed"}`,
    d.score === null ? "" : `, ${d.score}${d.threshold === null ? "" : ` of ${d.threshold}`}`,
  ],
  "artifact.written": (d) => ["wrote ", b(d.name), `, ${bytes(d.sizeBytes)}`],
  "lease.lost": (d) => ["lease lost by ", b(d.holder), `, token ${d.token}`],
  "map.committed": (d) => [
    "map ",
    b(d.stage),
    `: ${count(d.done)}${d.total === null ? "" : ` of ${count(d.total)}`} in all`,
    ...(d.failed === 0 ? [] : [`, ${count(d.failed)} failed`]),
    ...(d.costUsd === null || d.costUsd === 0 ? [] : [`, ${usd(d.costUsd)}`]),
  ],
  "budget.reached": (d) => ["budget of ", b(d.stage), ` reached: ${usd(d.spentUsd)} of ${usd(d.budgetUsd)}`],
  "drift.accepted": (d) => ["drift accepted by ", b(d.by), `, as ${d.as}${reasonOf(d.reason)}`],
  log: (d) => [`${d.stage}: ${d.message}`],
};

const FAILS = new Set(["run.failed", "stage.failed", "lease.lost"]);
const WARNS = new Set(["run.recovered", "stage.retrying", "budget.reached", "run.paused", "drift.accepted"]);

export function wordEvent({ type, data, at }: Pick<RunEvent, "type" | "data" | "at">): EventWords {
  const tone = FAILS.has(type) ? "fail" : WARNS.has(type) ? "warn" : "";
  // A type that is newer than this page.
  const words = WORDS[type]?.(data as Facts, at) ?? [String(type)];
  return { words: words.filter((word) => word !== ""), tone };
}
