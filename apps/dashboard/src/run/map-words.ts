/** What a map does, in a few short lines under its name: pure. */
import type { Run, Stage } from "../api/types.js";
import { count, counted, rate, usd } from "../words/numbers.js";
import { durationRange } from "../words/times.js";
import type { RunMap } from "./use-run-maps.js";

export interface MapLine {
  readonly text: string;
  /** After it, in the color of what failed. */
  readonly failed?: string;
  readonly isHeld?: boolean;
}

interface MapWords {
  readonly run: Pick<Run, "status" | "progress">;
  readonly stage: Pick<Stage, "attempts">;
  readonly map: RunMap;
  /** Calls under way; null while that is not known. */
  readonly inFlight: number | null;
}

export function mapLines({ run, stage, map, inFlight }: MapWords): readonly MapLine[] {
  const isLive = run.status === "running" && map.finishedAt === null;
  const lines: MapLine[] = [];
  const attempt = stage.attempts.at(-1)?.attempt ?? 1;
  const slots = isLive && inFlight !== null ? ` · ${counted(inFlight, "call")} in flight` : "";
  lines.push({ text: `attempt ${attempt}${slots}` });
  const done = map.total === null ? counted(map.done, "item") : `${count(map.done)} of ${count(map.total)}`;
  lines.push(map.failed === 0 ? { text: done } : { text: `${done} · `, failed: `${count(map.failed)} failed` });
  if (isLive) {
    const { ratePerS, etaMs } = run.progress;
    const pace = ratePerS === null ? null : rate(ratePerS);
    const left = etaMs === null ? "estimating" : `${durationRange(etaMs as [number, number])} left`;
    lines.push({ text: pace === null ? left : `${pace.value}${pace.unit} · ${left}` });
  }
  const budget = budgetOf(map);
  if (budget !== null) {
    const reserved = budget.reservedUsd === 0 ? "" : ` · ${usd(budget.reservedUsd)} reserved`;
    lines.push({ text: `${usd(budget.spentUsd)} spent${reserved}` });
    lines.push({ text: `${usd(budget.leftUsd)} left of ${usd(budget.budgetUsd)}`, isHeld: budget.leftUsd <= 0 });
  }
  return lines;
}

export interface MapBudget {
  readonly budgetUsd: number;
  readonly spentUsd: number;
  readonly reservedUsd: number;
  /** Never below zero: what was reserved by calls that were cut off counts as spent. */
  readonly leftUsd: number;
}

/** Null for a map that declared none. */
export function budgetOf({
  budgetUsd,
  costUsd,
  reservedUsd,
}: Pick<RunMap, "budgetUsd" | "costUsd" | "reservedUsd">): MapBudget | null {
  if (budgetUsd === null || budgetUsd === undefined) return null;
  const spentUsd = costUsd ?? 0;
  // Sums of cents are not exact in doubles: a tenth of a micro-dollar is nothing.
  const left = Math.round((budgetUsd - spentUsd - reservedUsd) * 1e7) / 1e7;
  return { budgetUsd, spentUsd, reservedUsd, leftUsd: Math.max(0, left) };
}
