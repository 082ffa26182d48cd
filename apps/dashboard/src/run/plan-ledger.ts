/** A plan as the rows of a ledger and the shares of its bar: pure. What nobody can know is told by a word, never as 0. */
import type { Plan, Run } from "../api/types.js";
import { count, counted, usd } from "../words/numbers.js";

export interface LedgerRow {
  readonly swatch: "kept" | "bad" | "live" | "maybe" | "hold";
  readonly name: string;
  readonly sentence: string;
  readonly figure: string;
  readonly context: string;
}

interface MapFacts {
  readonly stage: string;
  readonly failed: number;
  readonly done: number;
  readonly total: number | null;
  /** Failed results by category. */
  readonly errors?: Readonly<Record<string, number>> | undefined;
  readonly costUsd?: number | null | undefined;
}

const UNKNOWN = "not known yet";

export function ledgerOf(plan: Plan, maps: readonly MapFacts[], run: Pick<Run, "stages">) {
  const mapNames = new Set(plan.maps.map(({ stage }) => stage));
  const keptItems = sum(plan.maps.map(({ keep }) => keep));
  const failed = maps.reduce((all, map) => all + map.failed, 0);
  const redone = plan.items;
  // Failed ones that are not tried again stay as they are.
  const retried = plan.maps.reduce((all, { items }, index) => {
    const map = maps.find(({ stage }) => stage === plan.maps[index]?.stage);
    if (map === undefined || items === null || map.total === null) return all;
    return all + Math.max(0, items - Math.max(0, map.total - map.done));
  }, 0);
  const left = Math.max(0, failed - retried);
  const rows: LedgerRow[] = [];
  const whole = plan.keeps.filter((name) => !mapNames.has(name));
  if (plan.keeps.length > 0 || (keptItems ?? 0) > 0) {
    rows.push({
      swatch: "kept",
      name: "Kept",
      sentence: keptSentence(whole, plan, run, left),
      figure:
        keptItems === null
          ? UNKNOWN
          : mapNames.size === 0
            ? counted(plan.keeps.length, "stage")
            : count(Math.max(0, keptItems - left)),
      context: mapNames.size === 0 ? "" : keptMoney(plan, maps),
    });
  }
  if (left > 0) {
    rows.push({
      swatch: "bad",
      name: "Left failed",
      sentence: [classesOf(maps), "take them up with Errors or Both"].filter((one) => one !== "").join("; "),
      figure: count(left),
      context: "",
    });
  }
  const redoes = plan.redoes.filter((name) => !mapNames.has(name));
  rows.push({
    swatch: "live",
    name: "Redo",
    sentence: redoSentence(plan, redoes),
    figure: mapNames.size === 0 ? counted(plan.redoes.length, "stage") : redone === null ? UNKNOWN : count(redone),
    context: mapNames.size === 0 ? "" : plan.itemCalls === null ? "" : counted(plan.itemCalls, "call"),
  });
  if (plan.maybeCharged > 0) {
    rows.push({
      swatch: "maybe",
      name: "Perhaps charged",
      sentence: "calls under way when it stopped: the provider may bill twice, the record is one",
      figure: count(plan.maybeCharged),
      context: maybeMoney(plan),
    });
  }
  if (plan.unknown.length > 0) {
    rows.push({
      swatch: "hold",
      name: "Not known",
      sentence: `${plan.unknown.join(", ")}: what runs before decides`,
      figure: counted(plan.unknown.length, "stage"),
      context: "",
    });
  }
  return {
    rows,
    bar: barOf(plan, keptItems === null ? null : Math.max(0, keptItems - left), left, mapNames.size === 0),
  };
}

/** What the results that stay have cost: paid once, and not again. */
function keptMoney(plan: Plan, maps: readonly MapFacts[]): string {
  const spent = maps
    .filter(({ stage }) => plan.maps.some((map) => map.stage === stage && (map.keep ?? 0) > 0))
    .reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
  return spent === 0 ? "read from the record" : `${usd(spent)} not spent again`;
}

/** By what such a call costs; a bound of the count is one of the price too. */
function maybeMoney({ maybeCharged, itemCalls, costUsd }: Plan): string {
  const each = costUsd == null || itemCalls === null || itemCalls === 0 ? 0 : (costUsd[1] ?? 0) / itemCalls;
  return each === 0 ? "at most" : `at most, about ${usd(each * maybeCharged)}`;
}

/** "not JSON 171, timeout 41": the largest first. */
function classesOf(maps: readonly MapFacts[]): string {
  const sums = new Map<string, number>();
  for (const { errors = {} } of maps) {
    for (const [category, n] of Object.entries(errors)) sums.set(category, (sums.get(category) ?? 0) + n);
  }
  const sorted = [...sums].sort((a, b) => b[1] - a[1]);
  const words = sorted.slice(0, 4).map(([category, n]) => `${category.replaceAll("_", " ")} ${count(n)}`);
  return [...words, ...(sorted.length > 4 ? [`${sorted.length - 4} more kinds`] : [])].join(", ");
}

/** Failed results are kept too, but they are told apart. */
function keptSentence(whole: readonly string[], plan: Plan, run: Pick<Run, "stages">, left: number): string {
  const items = plan.maps
    .filter(({ keep }) => (keep ?? 0) > 0)
    .map(
      ({ stage, keep }) => `${count(Math.max(0, (keep ?? 0) - (plan.maps.length === 1 ? left : 0)))} items of ${stage}`,
    );
  const all = run.stages.length > 0 && whole.length === run.stages.length;
  const stages = all ? ["every stage"] : whole.length > 6 ? [counted(whole.length, "stage")] : whole;
  return [...stages, ...items].join(", ") || "what is recorded";
}

function redoSentence(plan: Plan, redoes: readonly string[]): string {
  const items = plan.maps.filter(({ items }) => items === null || items > 0).map(({ stage }) => `items of ${stage}`);
  const stages = redoes.length > 6 ? [counted(redoes.length, "stage")] : redoes;
  return [...items, ...stages].join(", then ") || "nothing: it ends with what is recorded";
}

function barOf(plan: Plan, keptItems: number | null, left: number, isStages: boolean) {
  const kept = isStages ? plan.keeps.length : (keptItems ?? 0);
  const redo = isStages ? plan.redoes.length : (plan.items ?? 0);
  const maybe = Math.min(plan.maybeCharged, redo);
  const whole = Math.max(1, kept + left + redo);
  return [
    { className: "kept", share: kept / whole },
    { className: "bad", share: left / whole },
    { className: "maybe", share: maybe / whole },
    { className: "live", share: (redo - maybe) / whole },
  ].filter(({ share }) => share > 0);
}

const sum = (values: readonly (number | null)[]): number | null =>
  values.some((value) => value === null) ? null : values.reduce<number>((all, value) => all + (value ?? 0), 0);
