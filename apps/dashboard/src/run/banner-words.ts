/** The words of the banner, from the run's state and its last error: pure. A title says what happened, a sentence why and what is safe. */
import type { Run } from "../api/types.js";
import { clock, duration, until } from "../words/times.js";

export interface Banner {
  readonly icon: "failed" | "wait" | "stalled" | "held";
  /** It heals by itself, or another has it: amber. */
  readonly isHeld: boolean;
  readonly title: string;
  readonly sentence: string;
  readonly facts: readonly string[];
  readonly canResume: boolean;
}

/** Titles by the code or category of an error; what is not here is told by its own message. */
const TITLES: Readonly<Record<string, string>> = {
  auth: "The provider refused the key",
  quota: "The provider's quota is used up",
  rate_limit: "The provider asks to wait",
  timeout: "It took longer than it may",
  network: "The provider could not be reached",
  server: "The provider is in trouble",
  DRIFT: "What the results depend on has changed",
  ITEMS_FAILED: "More items failed than are allowed",
  RECOVERIES_EXHAUSTED: "It died too often in a row",
};

export function bannerOf(run: Run, nowMs: number): Banner | null {
  const { status } = run;
  if (status === "failed") return failedBanner(run);
  if (status === "running" && run.health.stuck) {
    return {
      icon: "stalled",
      isHeld: true,
      title: "Nobody has heard of this run's worker",
      sentence: `${run.health.stuckReason ?? "It is silent"}. A worker that supervises takes it over; nothing that is recorded is lost.`,
      facts: run.lease === null ? [] : [`held by ${run.lease.holder}, pid ${run.lease.pid} on ${run.lease.host}`],
      canResume: false,
    };
  }
  if (status === "paused") return pausedBanner(run, nowMs);
  return null;
}

function failedBanner(run: Run): Banner {
  const { error, reason } = run;
  const stage = run.stages.find((one) => one.status === "failed");
  const attempt = stage?.attempts.at(-1);
  const key = error?.category ?? error?.code ?? "";
  const cause = attempt?.error ?? error;
  const title = TITLES[cause?.category ?? ""] ?? TITLES[cause?.code ?? ""] ?? TITLES[key] ?? "The run failed";
  const kept = run.stages.filter(({ status }) => status === "completed").length;
  return {
    icon: "failed",
    isHeld: false,
    title,
    sentence: `${ended(cause?.message ?? reason ?? "No reason was recorded")} ${kept === 0 ? "Nothing was recorded before." : "All before is recorded."}`,
    facts: [
      ...(stage === undefined ? [] : [stage.name]),
      ...(attempt === undefined ? [] : [`attempt ${attempt.attempt}`]),
      ...(run.finishedAt === null ? [] : [clock(run.finishedAt)]),
      ...(error?.code === undefined ? [] : [error.code]),
    ],
    canResume: true,
  };
}

function pausedBanner(run: Run, nowMs: number): Banner | null {
  const { reason, wakeAt, lastError } = run;
  if (wakeAt !== null) {
    return {
      icon: "wait",
      isHeld: true,
      title: `It goes on by itself at ${until(wakeAt, nowMs)}`,
      sentence: `${ended(lastError?.message ?? reason ?? "It waits")} Nothing is lost.`,
      facts: [`in ${duration(Math.max(0, wakeAt - nowMs))}`],
      canResume: true,
    };
  }
  if (reason === "budget") {
    return {
      icon: "held",
      isHeld: true,
      title: "The budget is reached",
      sentence: "It paused before the next call would have gone over it. Everything that was paid for is recorded.",
      facts: [],
      canResume: true,
    };
  }
  if (reason === "drift") {
    return {
      icon: "held",
      isHeld: true,
      title: "What the results depend on has changed",
      sentence: "Going on would mix old and new results. The plan says what changed.",
      facts: [],
      canResume: true,
    };
  }
  return null;
}

const ended = (sentence: string) => (/[.!?…]$/.test(sentence.trim()) ? sentence.trim() : `${sentence.trim()}.`);
