/** The budget of a map, as a person raised it when the run was resumed. */
import type { RunRecord } from "@holdfast/core";
import type { MapCallOptions } from "./open-map.js";

export function withRaisedBudget(
  options: MapCallOptions,
  stage: string,
  { directive }: Pick<RunRecord, "directive">,
): MapCallOptions {
  const usd = directive?.budget?.[stage];
  return usd === undefined ? options : { ...options, budget: { ...options.budget, usd } };
}
