/** An item whose attempt is announced, and what comes of the attempt, as it is recorded. */
import type { ItemAttemptFailure, ItemIntent, ItemResultWrite } from "@holdfast/core";
import type { LiveItemContext } from "./item-context.js";
import type { OpenIntent } from "./open-intents.js";
import type { Candidate } from "./selection.js";

export interface Ready {
  readonly candidate: Candidate;
  readonly attempt: number;
  readonly failedCount: number;
  /** How often others had been answered when it failed of the outside for the first time; null while it has not. */
  readonly failedAtAnswer: number | null;
  /** This item's intents, its retries' included: settled together by its result. */
  readonly intents: OpenIntent[];
}

/** Recorded before its call. */
export function intentOf({ candidate, attempt }: Ready): Omit<ItemIntent, "n"> {
  return { index: candidate.item.index, key: candidate.item.key, attempt };
}

export type Ending = Pick<ItemResultWrite, "outcome" | "outputJson" | "errorJson" | "category" | "ms">;

export function resultOf({ candidate, attempt }: Ready, context: LiveItemContext, ending: Ending): ItemResultWrite {
  const { index, key, itemSha256 } = candidate.item;
  const { cost, models, usageJson, label } = context;
  return { index, key, attempt, ...ending, itemSha256, cost, models, usageJson, label };
}

/** An attempt that failed without being the item's result. */
export function failureOf(
  { candidate, attempt }: Ready,
  context: LiveItemContext,
  { category, error }: { readonly category: string; readonly error: object },
): ItemAttemptFailure {
  const errorJson = JSON.stringify({ ...error, category });
  return { key: candidate.item.key, attempt, category, errorJson, cost: context.cost, models: context.models };
}
