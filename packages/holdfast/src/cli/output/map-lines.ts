/** What the maps of a run recorded, a line each: items done, errors by category, what it cost. Pure. */
import { type CostView, formatCount, type ModelCostView, plural, wordCost } from "@holdfast/core";
import type { MapView } from "@holdfast/engine";
import { categories } from "./plan-lines.js";
import { oneLine, padEnd } from "./text.js";

export function mapLines(maps: readonly MapView[], runId: string): string[] {
  const width = Math.max(...maps.map(({ stage }) => oneLine(stage).length));
  return maps.flatMap((map) => {
    const done = map.ok + map.failed;
    const parts = [
      map.total === null ? plural(done, "item") : `${formatCount(done)} of ${plural(map.total, "item")}`,
      `${formatCount(map.ok)} ok`,
    ];
    if (map.failed > 0) parts.push(`${formatCount(map.failed)} failed (${categories(map.errors)})`);
    if (map.costUsd !== 0 || map.unpriced !== null) parts.push(wordMapCost(map));
    if (map.runId !== runId) parts.push(`kept from ${map.runId}`);
    const models = map.models.map((model) => `${" ".repeat(width)}    ${wordModel(model)}`);
    return [`${padEnd(oneLine(map.stage), width)}  ${parts.join(", ")}`, ...models];
  });
}

/** "gpt-4.1-mini: 1,200 calls, 84,000 input and 9,600 output tokens, $0.05". */
function wordModel({ model, calls, inputTokens, outputTokens, ...cost }: ModelCostView): string {
  const tokens = `${formatCount(inputTokens)} input and ${formatCount(outputTokens)} output tokens`;
  return `${oneLine(model)}: ${plural(calls, "call")}, ${tokens}, ${wordMapCost(cost)}`;
}

/** "$1.23", "cost unknown, 12,345 tokens in 40 calls": in a list of facts "unknown" alone would say nothing. */
function wordMapCost(cost: CostView): string {
  return cost.costUsd === null ? `cost ${wordCost(cost)}` : wordCost(cost);
}
