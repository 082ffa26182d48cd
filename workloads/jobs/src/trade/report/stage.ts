// Stage `report`: writes the best pair's curve and all pairs as files, a summary, and the result.
import type { ArtifactRef, MapRef, ResultPart, StageContext } from "holdfast";
import type { Measures } from "../backtest/backtest.js";
import type { TradeInput } from "../input/input.js";
import type { CheckedPrices } from "../prices/check.js";
import { dayText } from "../prices/dates.js";
import { type Judgement, triedPairs } from "../stages/judge.js";
import type { Sweep, Tried } from "../stages/sweep.js";
import { outcomeOf } from "./outcome.js";
import { headlineOf, limits, viewOf } from "./view.js";
import { fixed, percent } from "./words.js";

export interface PartFigures {
  readonly from: string;
  readonly to: string;
  readonly pair: Measured;
  readonly holding: Measured;
}

type Measured = Omit<Measures, "worstDay"> & { readonly worstDay: string };

export interface TradeResult {
  readonly headline: string;
  /** "backtest": no order was placed. */
  readonly method: "backtest";
  readonly file: string;
  readonly sha256: string;
  readonly best: { readonly fast: number; readonly slow: number };
  readonly seen: PartFigures;
  readonly unseen: PartFigures;
  readonly manyTesting: Omit<Judgement, "best">;
  readonly warnings: readonly string[];
  readonly equity: ArtifactRef;
  readonly pairs: ArtifactRef;
  readonly view: readonly ResultPart[];
}

export interface Reported {
  readonly input: TradeInput;
  readonly prices: CheckedPrices;
  readonly sweep: Sweep;
  readonly results: MapRef<Tried>;
  readonly judgement: Judgement;
}

export async function reportTrade(stage: StageContext, reported: Reported): Promise<TradeResult> {
  const { input, prices, sweep, results, judgement } = reported;
  const { market, seen, unseen } = sweep;
  const tried = await triedPairs(stage, sweep, results);
  const outcome = outcomeOf(sweep, judgement.best);
  const day = (at: number) => dayText(market.days[at] as number);
  const { whole, pair, holding } = outcome;
  const rows = Array.from(pair.net, (net, index) => {
    const at = whole.from + index;
    const cells = [day(at), market.closes[at], at < unseen.from ? "seen" : "unseen", pair.positions[at], net];
    return [...cells, pair.growth[index], pair.fall[index], holding.growth[index]].join(",");
  });
  const equity = await stage.artifact.write(
    "equity.csv",
    `date,close,part,position,net_return,growth,fall,holding_growth\n${rows.join("\n")}\n`,
  );
  const lines = tried.map(({ fast, slow, sharpe, yearly, growth, worstFall, trades, exposure }) =>
    [fast, slow, sharpe ?? "", yearly, growth, worstFall, trades, exposure].join(","),
  );
  const pairs = await stage.artifact.write(
    "pairs.csv",
    `fast,slow,sharpe,yearly,growth,worst_fall,trades,exposure\n${lines.join("\n")}\n`,
  );
  const measured = ({ worstDay, ...of }: Measures): Measured => ({ ...of, worstDay: day(worstDay) });
  const part = (which: "seen" | "unseen", { from, to }: typeof seen): PartFigures => {
    return { from: day(from), to: day(to - 1), pair: measured(pair[which]), holding: measured(holding[which]) };
  };
  const { best, ...manyTesting } = judgement;
  const { text: headline } = headlineOf({ judgement, outcome });
  const warnings = [
    ...limits({ judgement, outcome, sweep }),
    ...prices.findings.flatMap(({ tone, text }) => (tone === "warning" ? [text] : [])),
  ];
  const figures = { seen: part("seen", seen), unseen: part("unseen", unseen) };
  await stage.artifact.write("summary.md", summaryOf({ headline, warnings, ...figures }));
  return {
    headline,
    method: "backtest",
    file: prices.file,
    sha256: prices.sha256,
    best: { fast: best.fast, slow: best.slow },
    ...figures,
    manyTesting,
    warnings,
    equity,
    pairs,
    view: viewOf({ input, prices, sweep, tried, judgement, outcome, curve: equity, pairs }),
  };
}

function summaryOf({
  headline,
  warnings,
  seen,
  unseen,
}: Pick<TradeResult, "headline" | "warnings" | "seen" | "unseen">): string {
  const row = (name: string, { sharpe, yearly, worstFall, trades }: Measured) =>
    `| ${name} | ${fixed(sharpe)} | ${percent(yearly)} | ${percent(worstFall)} | ${trades} |`;
  return [
    `# ${headline}`,
    "",
    "A backtest: it places no orders.",
    "",
    "| days | Sharpe | a year | worst fall | trades |",
    "| --- | --- | --- | --- | --- |",
    row(`chosen on, ${seen.from} to ${seen.to}`, seen.pair),
    row("holding, same days", seen.holding),
    row(`not seen, ${unseen.from} to ${unseen.to}`, unseen.pair),
    row("holding, same days", unseen.holding),
    "",
    ...warnings.map((text) => `- ${text}`),
    "",
  ].join("\n");
}
