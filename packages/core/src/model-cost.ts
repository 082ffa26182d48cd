/** What the calls of each model cost and used. Stores keep the sums with a map; a page, a command and the API tell them. Pure. */
import { addCosts, type Cost, type CostView, NO_COST, toCostView } from "./money.js";

/** Sums over calls of one model. */
export interface ModelCost {
  readonly model: string;
  readonly calls: number;
  /** Tokens as the provider reported them; a call that reported none counts as none. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: Cost;
}

/** Models that a map tells apart. More are summed under `OTHER_MODELS`. */
export const MODELS_MAX = 50;
/** Name of the sum over all further models. */
export const OTHER_MODELS = "other models";
/** Characters of a model's name that are kept. */
export const MODEL_NAME_MAX = 200;

/** Adds costs by model to earlier ones. */
export function addModelCosts(sum: readonly ModelCost[], more: readonly ModelCost[]): readonly ModelCost[] {
  const all = new Map(sum.map((one) => [one.model, one]));
  for (const { model, calls, inputTokens, outputTokens, cost } of more) {
    const name = all.has(model) || all.size < MODELS_MAX ? model : OTHER_MODELS;
    const before = all.get(name) ?? { calls: 0, inputTokens: 0, outputTokens: 0, cost: NO_COST };
    all.set(name, {
      model: name,
      calls: before.calls + calls,
      inputTokens: before.inputTokens + inputTokens,
      outputTokens: before.outputTokens + outputTokens,
      cost: addCosts(before.cost, cost),
    });
  }
  return [...all.values()];
}

/** `ModelCost` for readers, in dollars. */
export interface ModelCostView extends CostView {
  /** Name of the model, as the calls' usage told it. */
  readonly model: string;
  /** Calls, including failed ones. */
  readonly calls: number;
  /** Input tokens, as the provider reported them. */
  readonly inputTokens: number;
  /** Output tokens, as the provider reported them. */
  readonly outputTokens: number;
}

/** Costs by model for readers, the most expensive first. */
export function toModelCostViews(costs: readonly ModelCost[]): readonly ModelCostView[] {
  const sorted = [...costs].sort((a, b) => b.cost.nanos - a.cost.nanos || b.calls - a.calls);
  return sorted.map(({ cost, ...counts }) => ({ ...counts, ...toCostView(cost) }));
}
