/** Acknowledged writes, read from a call and its answer. Only what a caller was told must last. */
import type { MapCommit, RunEventInput, RunReport } from "@holdfast/core";
import type { StoreCall } from "../faults/store-faults.js";

/** A write whose caller was told that it is done. */
export type Acknowledged =
  | { readonly kind: "outcome"; readonly stage: string; readonly attempt: number; readonly status: string }
  | { readonly kind: "attempt"; readonly stage: string; readonly attempt: number }
  | { readonly kind: "checkpoint"; readonly stage: string; readonly json: string | null; readonly order: number }
  | { readonly kind: "event"; readonly event: RunEventInput }
  | { readonly kind: "results"; readonly stage: string; readonly keys: readonly string[] }
  /** Number of intents of a map announced in this generation. */
  | { readonly kind: "intents"; readonly stage: string; readonly count: number; readonly generation: number }
  | { readonly kind: "move"; readonly type: "run.resumed" | "run.restarted"; readonly order: number }
  | { readonly kind: "report"; readonly status: RunReport["status"] };

export function acknowledgedBy(
  { method, args }: StoreCall,
  result: unknown,
  order: number,
  generation: number,
): readonly Acknowledged[] {
  const kind = (result as { kind?: string } | null)?.kind;
  if (method === "requeue" && (kind === "queued" || kind === "claimed")) {
    // Queuing a queued run again changes nothing, and writes no event.
    return (result as { from?: string }).from === "queued" ? [] : [{ kind: "move", type: "run.resumed", order }];
  }
  if (method === "restart" && (kind === "queued" || kind === "claimed")) {
    return [{ kind: "move", type: "run.restarted", order }];
  }
  if (kind !== "written") return [];
  switch (method) {
    case "startAttempt":
    case "finishAttempt": {
      const { stage, attempt, status } = args[1] as { stage: string; attempt: number; status?: string };
      return [status === undefined ? { kind: "attempt", stage, attempt } : { kind: "outcome", stage, attempt, status }];
    }
    case "saveCheckpoint": {
      const { stage, json } = args[1] as { stage: string; json: string | null };
      return [{ kind: "checkpoint", stage, json, order }];
    }
    case "appendEvents":
      return (args[1] as readonly RunEventInput[]).map((event) => ({ kind: "event", event }));
    case "commitMap": {
      const { stage, intents, results } = args[1] as MapCommit;
      const count = 1 + (intents.at(-1)?.n ?? -1);
      return [
        { kind: "results", stage, keys: results.map(({ key }) => key) },
        { kind: "intents", stage, count, generation },
      ];
    }
    case "report":
      return [{ kind: "report", status: (args[1] as RunReport).status }];
    default:
      return [];
  }
}
