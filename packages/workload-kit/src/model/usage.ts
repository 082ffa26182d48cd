/** Usage of a language model by a stage or a run: recorded in outputs, shown on the deck's method slide. */
import { addUsd, plural, wordCost } from "holdfast/extend";

/** Usage of the calls whose answers were used. The run's calls log has every request, including failed ones. */
export interface ModelUse {
  name: string;
  calls: number;
  /** US dollars; null if the model has no known price. */
  costUsd: number | null;
  /** Null if the provider did not report tokens. */
  usage: { inputTokens: number; outputTokens: number } | null;
}

/** How an output was made. A stage that needed no call says "local", even in a run with a model. */
export type Made = { method: "local" } | { method: "model"; model: ModelUse };

export function madeWith(use: ModelUse | null): Made {
  return use === null || use.calls === 0 ? { method: "local" } : { method: "model", model: use };
}

export function addUse(a: ModelUse, b: ModelUse): ModelUse {
  return {
    name: a.name,
    calls: a.calls + b.calls,
    // If a price or amount is unknown, so is the sum.
    costUsd: a.costUsd === null || b.costUsd === null ? null : addUsd(a.costUsd, b.costUsd),
    usage:
      a.usage === null || b.usage === null
        ? null
        : {
            inputTokens: a.usage.inputTokens + b.usage.inputTokens,
            outputTokens: a.usage.outputTokens + b.usage.outputTokens,
          },
  };
}

/** Returns the sum over stages; null if none of them called a model. */
export function totalUse(stages: readonly Made[]): ModelUse | null {
  const uses = stages.flatMap((made) => (made.method === "model" ? [made.model] : []));
  return uses.length === 0 ? null : uses.reduce(addUse);
}

/** Words a usage: "7 calls, 5210 tokens in and 890 out, $0.0123". */
export function wordUse(use: ModelUse): string {
  const tokens =
    use.usage === null ? "tokens not reported" : `${use.usage.inputTokens} tokens in and ${use.usage.outputTokens} out`;
  const cost = use.costUsd === null ? "cost unknown, the model has no known price" : wordCost(use);
  return `${plural(use.calls, "call")}, ${tokens}, ${cost}`;
}
