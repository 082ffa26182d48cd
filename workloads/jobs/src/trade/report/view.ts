// The result as the page shows it: a sentence, the curve beside holding, all pairs, the best ones, and the limits of
// all of it.
import type { ArtifactRef, ResultPart } from "holdfast";
import type { TradeInput } from "../input/input.js";
import type { CheckedPrices } from "../prices/check.js";
import { dayText } from "../prices/dates.js";
import type { Judgement, TriedPair } from "../stages/judge.js";
import type { Sweep } from "../stages/sweep.js";
import { lastOf, lowestOf, rounded, thinOut } from "./curves.js";
import type { Outcome } from "./outcome.js";
import { chanceWords, fixed, percent, times } from "./words.js";

/** Points of the curve: one per two pixels of a wide page. */
const CURVE_POINTS = 400;
/** A grid with more cells is unreadable; the file has all pairs. */
const GRID_MAX = 12;
const BEST_SHOWN = 10;
/** A result counts as more than luck if both measures of luck say so, at the usual level. */
const CHANCE_MAX = 0.05;

export interface Shown {
  readonly input: TradeInput;
  readonly prices: CheckedPrices;
  readonly sweep: Sweep;
  readonly tried: readonly TriedPair[];
  readonly judgement: Judgement;
  readonly outcome: Outcome;
  readonly curve: ArtifactRef;
  readonly pairs: ArtifactRef;
}

export function viewOf(shown: Shown): ResultPart[] {
  const grid = gridOf(shown);
  return [
    headline(shown),
    series(shown),
    ...(grid === null ? [] : [grid]),
    partsTable(shown),
    notes(shown),
    bestTable(shown),
  ];
}

export function headlineOf({ judgement, outcome }: Pick<Shown, "judgement" | "outcome">): {
  readonly text: string;
  readonly caution?: string;
} {
  const { fast, slow } = judgement.best;
  const first =
    judgement.pairs === 1
      ? `${fast} and ${slow} days, the one pair tried,`
      : `${fast} and ${slow} days beat every other pair`;
  const isLuck = judgement.chance > CHANCE_MAX || judgement.deflated.probability < 1 - CHANCE_MAX;
  const isBelowHolding = outcome.pair.all.growth <= outcome.holding.all.growth;
  const verb = judgement.pairs === 1 ? " did not beat " : ", but not ";
  if (isLuck)
    return {
      text: `${first}${verb}chance${isBelowHolding ? ", and not holding" : "; it made more than holding"}.`,
      caution: "chance",
    };
  const beaten = judgement.pairs === 1 ? " beat chance" : ", and chance";
  if (isBelowHolding) return { text: `${first}${beaten}, but not holding.`, caution: "not holding" };
  return { text: `${first}${beaten} and holding.` };
}

const headline = (shown: Shown): ResultPart => ({ shape: "headline", ...headlineOf(shown) });

function series({ sweep, outcome, judgement, curve }: Shown): ResultPart {
  const { market, unseen } = sweep;
  const { whole, pair, holding } = outcome;
  const thin = thinOut(whole.to - whole.from, CURVE_POINTS, [unseen.from - whole.from]);
  const day = (at: number) => dayText(market.days[at] as number);
  const { fast, slow } = judgement.best;
  const name = `${fast}/${slow} days`;
  return {
    shape: "series",
    title: "Growth",
    subtitle: `${day(whole.from)} to ${day(whole.to - 1)}, after costs`,
    says:
      `Growth of the pair ${fast} and ${slow} days from ${day(whole.from)} to ${day(whole.to - 1)}: ${times(pair.all.growth)} at the end, ` +
      `deepest fall ${percent(-pair.all.worstFall)} on ${day(pair.all.worstDay)}. ` +
      `Holding: ${times(holding.all.growth)}, deepest fall ${percent(-holding.all.worstFall)}.`,
    x: thin.at.map((at) => day(whole.from + at)),
    scale: "log",
    unit: "times",
    lines: [
      { name, values: lastOf(thin, pair.growth) },
      { name: "held all along", role: "held", values: lastOf(thin, holding.growth) },
    ],
    drawdown: { name: `Fall of ${name}`, values: lowestOf(thin, pair.fall) },
    unseen: { from: day(unseen.from), label: "not seen while choosing" },
    file: curve,
  };
}

function gridOf({ tried, judgement, sweep }: Shown): ResultPart | null {
  const values = (of: (pair: TriedPair) => number) => [...new Set(tried.map(of))].sort((a, b) => a - b);
  const [fast, slow] = [values((pair) => pair.fast), values((pair) => pair.slow)];
  if (fast.length > GRID_MAX || slow.length > GRID_MAX || tried.length < 2) return null;
  const cell = (one: number, other: number) => {
    const sharpe = tried.find((pair) => pair.fast === one && pair.slow === other)?.sharpe ?? null;
    return sharpe === null ? null : rounded(sharpe);
  };
  return {
    shape: "grid",
    title: `Sharpe ratio, ${years(sweep)}`,
    subtitle: "fast down, slow across, days",
    rows: { name: "fast", values: fast },
    columns: { name: "slow", values: slow },
    cells: fast.map((one) => slow.map((other) => cell(one, other))),
    best: [fast.indexOf(judgement.best.fast), slow.indexOf(judgement.best.slow)],
  };
}

function partsTable({ sweep, outcome, judgement }: Shown): ResultPart {
  const { market, seen, unseen } = sweep;
  const month = (at: number) => monthText(market.days[at] as number);
  const row = (name: string, of: (typeof outcome)["pair"]["seen"]) => [
    name,
    of.sharpe === null ? null : rounded(of.sharpe),
    rounded(of.yearly),
    rounded(of.worstFall),
    of.trades,
  ];
  return {
    shape: "table",
    title: `${judgement.best.fast}/${judgement.best.slow} beside holding`,
    width: "third",
    columns: [
      { title: "" },
      { title: "Sharpe", kind: "number", digits: 2 },
      { title: "A year", kind: "percent", digits: 1 },
      { title: "Worst fall", kind: "percent", digits: 1 },
      { title: "Trades", kind: "number", digits: 0 },
    ],
    rows: [
      row(`Chosen on, to ${month(seen.to - 1)}`, outcome.pair.seen),
      row("Holding, same days", outcome.holding.seen),
      row(`Not seen, from ${month(unseen.from)}`, outcome.pair.unseen),
      row("Holding, same days", outcome.holding.unseen),
    ],
  };
}

function bestTable({ tried, pairs }: Shown): ResultPart {
  const sorted = [...tried].sort((a, b) => (b.sharpe ?? -Infinity) - (a.sharpe ?? -Infinity));
  return {
    shape: "table",
    title: "Best pairs",
    subtitle: "on the days seen while choosing",
    width: "full",
    columns: [
      { title: "Fast", kind: "number" },
      { title: "Slow", kind: "number" },
      { title: "Sharpe", kind: "number", digits: 2 },
      { title: "A year", kind: "percent", digits: 1 },
      { title: "Worst fall", kind: "percent", digits: 1 },
      { title: "Trades", kind: "number", digits: 0 },
      { title: "Days held", kind: "percent", digits: 0 },
    ],
    rows: sorted.slice(0, BEST_SHOWN).map(({ fast, slow, sharpe, yearly, worstFall, trades, exposure }) => {
      return [
        fast,
        slow,
        sharpe === null ? null : rounded(sharpe),
        rounded(yearly),
        rounded(worstFall),
        trades,
        rounded(exposure),
      ];
    }),
    best: 0,
    total: tried.length,
    file: pairs,
  };
}

function notes(shown: Shown): ResultPart {
  const { prices } = shown;
  const own = limits(shown).map((text) => ({ tone: "warning" as const, text }));
  const found = prices.findings.map(({ tone, text }) => ({ tone, text }));
  const warnings = found.filter(({ tone }) => tone === "warning");
  const plain = { tone: "info" as const, text: `A backtest: it places no orders. ${assumed(shown)}` };
  return { shape: "notes", notes: [...own, ...warnings, ...found.filter(({ tone }) => tone === "info"), plain] };
}

const assumed = ({ input }: Shown) =>
  `A close decides what is traded at the next day's close; each side costs ${input.costPercent} % and slips ${input.slippagePercent} %. ` +
  "What is not invested earns nothing.";

/** What a reader must know before relying on the figures. */
export function limits({ judgement, outcome, sweep }: Pick<Shown, "judgement" | "outcome" | "sweep">): string[] {
  const { pairs, best, luckySharpe, chance, draws, deflated } = judgement;
  const { pair, holding, heldOverHoles } = outcome;
  const many =
    pairs === 1
      ? []
      : [
          `${pairs} pairs tried: the best of ${pairs} without skill, if independent, has a Sharpe ratio of about ${fixed(luckySharpe)}; ` +
            `this has ${fixed(best.sharpe)}. The deflated Sharpe ratio gives it ${percent(deflated.probability)}.`,
        ];
  const asGood =
    `In ${chanceWords(chance)} of ${draws.toLocaleString("en-US")} histories drawn anew without skill, the best ${pairs === 1 ? "try" : `of ${pairs} pairs`} did as ` +
    "well (reality check, stationary bootstrap).";
  const held =
    pair.all.growth > holding.all.growth
      ? `Holding made less, ${times(holding.all.growth)} against ${times(pair.all.growth)}, with a fall of ${percent(-holding.all.worstFall, 0)}.`
      : `Holding made more, ${times(holding.all.growth)} against ${times(pair.all.growth)}, with a fall of ${percent(-holding.all.worstFall, 0)}.`;
  const holes =
    sweep.market.holes.size === 0 || heldOverHoles === 0
      ? []
      : [`The pair held on ${heldOverHoles} of the days without a return: what it lost there is not in its figures.`];
  return [...many, asGood, held, ...holes];
}

function years({ market, seen }: Sweep): string {
  const year = (at: number) => dayText(market.days[at] as number).slice(0, 4);
  return `${year(seen.from)} to ${year(seen.to - 1)}`;
}

/** Formats a month, "Aug 2016", which is precise enough for the table's two parts. */
const monthText = (day: number) =>
  new Date(day * 86_400_000).toLocaleDateString("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
