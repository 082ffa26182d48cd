/** A plan of a resume for people: what stays, what is done again, what it calls and may cost. Pure. */
import { formatCount, formatUsd, plural } from "@holdfast/core";
import type { Plan, PlanMap } from "@holdfast/engine";
import { oneLine } from "./text.js";
import { formatDuration } from "./time.js";

const fact = (label: string, text: string) => `  ${label.padEnd(6)} ${text}`;

/** `changes`: lines about the fields of a changed input. */
export function planLines(plan: Plan, changes: readonly string[] = []): string[] {
  const names = (stages: readonly string[]) => (stages.length === 0 ? "nothing" : stages.map(oneLine).join(", "));
  const lines =
    plan.refusal === null
      ? [`Resuming ${plan.runId} would`, fact("keep", names(plan.keeps)), fact("do", doing(plan, names))]
      : [
          `Resuming ${plan.runId} would be refused and change nothing`,
          fact("why", `${plan.refusal.code}: ${oneLine(plan.refusal.message)}`),
        ];
  if (plan.unknown.length > 0)
    lines.push(fact("then", `${names(plan.unknown)}: not known; depends on what runs first`));
  for (const change of changes) lines.push(fact("input", change));
  for (const map of plan.maps) lines.push(...mapLines(map, plan.refusal !== null));
  const { count, first } = plan.unknownKeys;
  if (count > 0) lines.push(fact("keys", unknownKeysLine(count, first)));
  if (plan.refusal === null) lines.push(...effortLines(plan));
  for (const { what, stage, was, now } of plan.drift) {
    const of = stage === undefined ? "" : ` of stage ${oneLine(stage)}`;
    lines.push(fact("drift", `${what}${of} was ${shown(was)}, is ${shown(now)}`));
  }
  if (plan.refusal !== null && plan.drift.length > 0) {
    lines.push(fact("next", "the same with --accept=redo or --accept=reuse"));
  }
  return lines;
}

/** A run that is whole has nothing to do; one whose next stages nobody can name has, and that is said. */
function doing({ redoes, unknown, ending }: Plan, names: (stages: readonly string[]) => string): string {
  if (redoes.length > 0) return names(redoes);
  return ending !== null || unknown.length > 0 ? "nothing" : "not known";
}

function effortLines(plan: Plan): string[] {
  const lines: string[] = [];
  const { maybeCharged, itemCalls, costUsd, timeMs, ending } = plan;
  if (plan.maps.length > 0) {
    const again =
      maybeCharged > 0
        ? `; up to ${formatCount(maybeCharged)} were in progress before and may already have been charged`
        : "";
    // Calls of an item's function: what it asks of a model, and what is tried again, comes on top.
    const calls = itemCalls === null ? "an unknown number of items" : `${plural(itemCalls, "item")}, once each`;
    lines.push(fact("call", `${calls}${again}`));
  }
  if (costUsd !== null && costUsd[1] > 0)
    lines.push(fact("cost", `${formatUsd(costUsd[0])} to ${formatUsd(costUsd[1])}`));
  if (costUsd === null && plan.maps.length > 0) lines.push(fact("cost", "not known"));
  if (timeMs !== null && itemCalls !== 0) {
    lines.push(fact("time", `about ${formatDuration(timeMs)}, at the pace so far`));
  }
  if (ending !== null && ending.status !== "completed") {
    lines.push(fact("end", `${ending.status}${ending.reason === null ? "" : `: ${oneLine(ending.reason)}`}`));
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
  return `${plural(count, "listed key")} not in this run: ${keys}${more}`;
}

function mapLines(map: PlanMap, isRefused: boolean): string[] {
  const errors = Object.values(map.errors).reduce((sum, count) => sum + count, 0);
  const parts = [
    map.keep === null ? "kept not known" : `${formatCount(map.keep)} kept`,
    map.missing === null ? "missing not known yet" : `${formatCount(map.missing)} missing`,
    `${plural(errors, "error")}${errors > 0 ? ` (${categories(map.errors)})` : ""}`,
    `${formatCount(map.stale)} stale`,
  ];
  if (map.maybeCharged > 0) parts.push(`up to ${formatCount(map.maybeCharged)} possibly charged`);
  const { items, calls } = map;
  const words = [
    ...(items !== null && items !== calls ? [`${plural(items, "item")} to do`] : []),
    calls === null ? "calls not known" : plural(calls, "call"),
  ];
  return [fact("map", `${oneLine(map.stage)}: ${parts.join(", ")}${isRefused ? "" : `; ${words.join(", ")}`}`)];
}

/** "rate_limit 12, timeout 3": the most frequent first. */
export function categories(errors: Readonly<Record<string, number>>): string {
  return Object.entries(errors)
    .sort(([, a], [, b]) => b - a)
    .map(([category, count]) => `${oneLine(category)} ${formatCount(count)}`)
    .join(", ");
}
