/** What several plans come to together. What one of them cannot say, their sum cannot say either. Pure. */
import type { Plan } from "../api/types.js";

export type Planned =
  | { readonly runId: string; readonly refusal: string }
  | { readonly runId: string; readonly body: object; readonly plan: Plan };

type Known = Pick<Plan, "items" | "itemCalls" | "costUsd">;
type Summed = { readonly runId: string; readonly refusal: string } | { readonly runId: string; readonly plan: Known };

export interface PlansSum {
  readonly runs: number;
  readonly items: number | null;
  readonly calls: number | null;
  readonly costUsd: readonly [number, number] | null;
  /** Runs that are left alone, each with why. */
  readonly refused: readonly string[];
}

export function sumPlans(planned: readonly Summed[]): PlansSum {
  const plans = planned.flatMap((one) => ("plan" in one ? [one.plan] : []));
  const add = (of: (plan: Known) => number | null) =>
    plans.reduce<number | null>((sum, plan) => {
      const value = of(plan);
      return sum === null || value === null ? null : sum + value;
    }, 0);
  const low = add(({ costUsd }) => costUsd?.[0] ?? null);
  const high = add(({ costUsd }) => costUsd?.[1] ?? null);
  return {
    runs: plans.length,
    items: add(({ items }) => items),
    calls: add(({ itemCalls }) => itemCalls),
    costUsd: low === null || high === null ? null : [low, high],
    refused: planned.flatMap((one) => ("plan" in one ? [] : [`${one.runId}: ${one.refusal}`])),
  };
}
