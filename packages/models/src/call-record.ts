// Record of one HTTP request to a provider, for the ledger and the calls log. It contains neither prompt nor answer.
import type { ModelErrorCategory } from "./error-category.js";
import type { TokenUsage } from "./tokens.js";

/**
 * Whether the provider charged for the request: "unknown" after a timeout, a broken connection or an abort, since the
 * answer may have been generated.
 */
export type Charged = "yes" | "no" | "unknown";

export interface CallRecord {
  readonly model: string;
  /** "repair": the one repeated question after an answer that did not match the schema. */
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
  /** Null if the model has no price. For `charged: "unknown"`, the maximum that it can have cost. */
  readonly costUsd: number | null;
  readonly usdSource: "usage" | "estimate";
}
