/** What a commit of a map adds to the map's cost: in all, and by model. */
import { addCosts, addModelCosts, type Cost, type ModelCost } from "@holdfast/core";

export interface Charged {
  cost: Cost;
  models: readonly ModelCost[];
}

/** Adds what one attempt cost. */
export function charge(
  change: Charged,
  { cost, models = [] }: { readonly cost: Cost; readonly models?: readonly ModelCost[] | undefined },
): void {
  change.cost = addCosts(change.cost, cost);
  if (models.length > 0) change.models = addModelCosts(change.models, models);
}

/** Costs by model as a map's row keeps them; null where no call named its model. */
export const readModels = (json: string | null): readonly ModelCost[] =>
  json === null ? [] : (JSON.parse(json) as readonly ModelCost[]);

/** The row's costs by model with those of a commit; null leaves them as they are. */
export const writeModels = (json: string | null, { models }: Charged): string | null =>
  models.length === 0 ? null : JSON.stringify(addModelCosts(readModels(json), models));
