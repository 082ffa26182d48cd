/**
 * Time in which a stage had begun and nothing of it ran: between a failed attempt and the next, and while the run as a whole
 * rested. Pure.
 */
import type { Run, RunHistory, Stage } from "../api/types.js";

/** A stretch in which nobody executed the run, from its events. */
export interface Rest {
  readonly from: number;
  /** Null while it lasts. */
  readonly to: number | null;
  readonly why: string;
  /** A person's word, or one that needs a person: else it heals by itself. */
  readonly isOfPerson: boolean;
}

interface Wait {
  readonly kind: "wait" | "rest";
  readonly startedAt: number;
  readonly endedAt: number;
  readonly why: string;
}

type Mark = RunHistory["marks"][number];

/** What a pause waits for, by its reason. */
const REASONS: Readonly<Record<string, string>> = {
  outage: "waits for the provider, which does not answer",
  rate_limit: "waits for the provider, which asked to",
  quota: "waits: the quota is used up",
  budget: "waits for a larger budget",
  drift: "waits for a word about what changed",
  error_rate: "waits: too many items fail",
};

export function restsOf(marks: readonly Mark[]): readonly Rest[] {
  const rests: Rest[] = [];
  let open: Rest | null = null;
  for (const { type, at, data } of marks) {
    if (type === "run.claimed") {
      if (open !== null) rests.push({ ...open, to: at });
      open = null;
    } else if (type === "run.paused") {
      const reason = String(data.reason ?? "");
      const word = REASONS[reason] ?? (reason === "" ? "paused" : `paused: ${reason}`);
      open ??= { from: at, to: null, why: word, isOfPerson: data.wakeAt === undefined };
    } else if (type === "run.waiting") {
      open ??= { from: at, to: null, why: `waits: ${String(data.reason ?? "")}`, isOfPerson: false };
    } else if (type === "run.recovered" || type === "run.handed_back") {
      open ??= { from: at, to: null, why: "waits for a worker", isOfPerson: false };
    }
  }
  return open === null ? rests : [...rests, open];
}

/** Shorter gaps are the time that writing takes. */
const TOLD_FROM_MS = 50;

export function waitsOf(run: Run, stage: Stage, reached: number, rests: readonly Rest[]): readonly Wait[] {
  const own = stage.attempts.filter(({ generation }) => generation === run.generation);
  const waits: Wait[] = [];
  for (const [index, attempt] of own.entries()) {
    const { finishedAt } = attempt;
    if (finishedAt === null) continue;
    const next = own[index + 1];
    const isOpen = next === undefined && attempt.status === "failed" && stage.status === "pending";
    const endedAt = next?.startedAt ?? (isOpen && run.status === "running" ? reached : null);
    if (endedAt === null) continue;
    const why = attempt.status === "failed" ? "waits before the next attempt" : "waits until it is taken up again";
    let at = finishedAt;
    const add = (kind: Wait["kind"], to: number, word: string) => {
      if (to - at >= TOLD_FROM_MS) waits.push({ kind, startedAt: at, endedAt: to, why: word });
      at = Math.max(at, to);
    };
    for (const rest of rests) {
      if (rest.from >= endedAt || (rest.to ?? endedAt) <= at) continue;
      add("wait", rest.from, why);
      add(rest.isOfPerson ? "rest" : "wait", Math.min(endedAt, rest.to ?? endedAt), rest.why);
    }
    add("wait", endedAt, why);
  }
  return waits;
}
