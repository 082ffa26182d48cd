/** A plan of a resume for people: what stays, what is done again, what it calls and may cost. Pure. */
import { formatCount, plural } from "@holdfast/core";
import type { Plan, PlanMap } from "@holdfast/engine";
import { oneLine } from "./text.js";
import { formatDuration } from "./time.js";

const fact = (label: string, text: string) => `  ${label.padEnd(6)} ${text}`;

/** `changes`: lines about the fields of a changed input. */
export function planLines(plan: Plan, changes: readonly string[] = []): string[] {
  const names = (stages: readonly string[]) => (stages.length === 0 ? "nothing" : stages.map(oneLine).join(", "));
  const lines = [`Resuming ${plan.runId} would`, fact("keep", names(plan.keeps)), fact("do", names(plan.redoes))];
  for (const change of changes) lines.push(fact("input", change));
  for (const map of plan.maps) lines.push(...mapLines(map));
  const { count, first } = plan.unknownKeys;
  if (count > 0) lines.push(fact("keys", unknownKeysLine(count, first)));
  if (plan.maps.length > 0) {
    const { maybeCharged } = plan;
    const again =
      maybeCharged > 0 ? `; up to ${formatCount(maybeCharged)} were under way before and may be charged already` : "";
    lines.push(fact("call", `${plural(plan.itemCalls, "item")}${again}`));
  }
  const [low, high] = plan.costUsd;
  if (high > 0) lines.push(fact("cost", `${usd(low)} to ${usd(high)}`));
  if (plan.timeMs !== null && plan.itemCalls > 0) {
    lines.push(fact("time", `about ${formatDuration(plan.timeMs)}, at the pace so far`));
  }
  for (const { what, stage, was, now } of plan.drift) {
    const of = stage === undefined ? "" : ` of stage ${oneLine(stage)}`;
    lines.push(fact("drift", `${what}${of} was ${shown(was)}, is ${shown(now)}`));
  }
  return lines;
}

/** As many characters of a hash as tell two apart at a glance. */
const HASH_SHOWN = 12;
const shown = (text: string) => (/^[0-9a-f]{64}/.test(text) ? text.slice(0, HASH_SHOWN) : oneLine(text));

/** As many keys as show what is wrong with a list. */
const KEYS_SHOWN = 3;

export function unknownKeysLine(count: number, first: readonly string[]): string {
  const keys = first.slice(0, KEYS_SHOWN).map(oneLine).join(", ");
  const more = count > KEYS_SHOWN ? ", …" : "";
  return `${plural(count, "listed key")} of no item of this run: ${keys}${more}`;
}

function mapLines(map: PlanMap): string[] {
  const errors = Object.values(map.errors).reduce((sum, count) => sum + count, 0);
  const parts = [
    `${formatCount(map.keep)} kept`,
    map.missing === null ? "missing not known yet" : `${formatCount(map.missing)} missing`,
    `${plural(errors, "error")}${errors > 0 ? ` (${categories(map.errors)})` : ""}`,
    `${formatCount(map.stale)} stale`,
  ];
  if (map.maybeCharged > 0) parts.push(`up to ${formatCount(map.maybeCharged)} perhaps charged`);
  return [fact("map", `${oneLine(map.stage)}: ${parts.join(", ")}; ${plural(map.calls, "call")}`)];
}

/** "rate_limit 12, timeout 3": the most frequent first. */
export function categories(errors: Readonly<Record<string, number>>): string {
  return Object.entries(errors)
    .sort(([, a], [, b]) => b - a)
    .map(([category, count]) => `${oneLine(category)} ${formatCount(count)}`)
    .join(", ");
}

/** Cents matter in a bill of a few calls, tenths of a cent in one of a single call. */
export function usd(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)}`;
}
