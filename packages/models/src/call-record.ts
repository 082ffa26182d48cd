// One HTTP request to a provider, as a fact for the ledger and the calls log. No prompt and no answer text in it.
import type { ModelErrorCategory } from "./error-category.js";
import type { TokenUsage } from "./tokens.js";

/** Whether the provider charged: "unknown" after a timeout, a cut connection or an abort, since the answer may have been made. */
export type Charged = "yes" | "no" | "unknown";

export interface CallRecord {
  readonly model: string;
  /** "repair": the one re-ask after an answer that did not fit the schema. */
  readonly purpose: "ask" | "repair";
  readonly startedAtMs: number;
  readonly latencyMs: number;
  readonly outcome: "ok" | "error" | "aborted";
  readonly category?: ModelErrorCategory | undefined;
  readonly statusCode?: number | undefined;
  readonly finishReason?: string | undefined;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly charged: Charged;
  readonly usage: TokenUsage | null;
  /** Null when the model has no price. For `charged: "unknown"` the most it can have cost. */
  readonly costUsd: number | null;
  readonly usdSource: "usage" | "estimate";
}
