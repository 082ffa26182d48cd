/** What a run cost: spent, reserved and unpriced, by map; what is left of it by the prices so far; pace and spending over time. */
import { useMemo } from "react";
import type { Run, RunHistory } from "../api/types.js";
import { Series } from "../parts/series.js";
import { count, usd, usdRange } from "../words/numbers.js";
import { clock } from "../words/times.js";
import { CostModels } from "./cost-models.js";
import { costsOf } from "./cost-sums.js";
import { budgetOf, type MapBudget } from "./map-words.js";
import { paceOf } from "./pace-series.js";
import type { RunMap } from "./use-run-maps.js";

interface CostTabProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly history: RunHistory | undefined;
}

const itemsWord = (value: number) => `${value >= 10 ? count(value) : value.toFixed(1)}/s`;
const usdWord = (value: number) => `${usd(value)}/s`;

export function CostTab({ run, maps, history }: CostTabProps) {
  const { rows, sum } = costsOf(maps);
  const pace = useMemo(() => paceOf(history?.series ?? []), [history]);
  const lines = useMemo(
    () => [
      { label: "Items a second", unit: "items", values: pace.itemsPerS, token: "--ink", word: itemsWord },
      { label: "Dollars a second", unit: "usd", values: pace.usdPerS, token: "--hold-mark", word: usdWord },
    ],
    [pace],
  );
  const reached = (history?.marks ?? []).filter(({ type }) => type === "budget.reached");
  if (maps.length === 0) {
    return (
      <div className="void framed">
        <h2>Nothing is counted here</h2>
        <p className="dim">Items of maps that pay with spend have a cost. This run has no maps.</p>
      </div>
    );
  }
  const budgets = maps.flatMap((map) => budgetOf(map) ?? []);
  const budget = budgets.length === 0 ? null : sumOf(budgets);
  const hasCost = sum.spentUsd > 0 || sum.reservedUsd > 0;
  return (
    <>
      <section className="panel first" aria-labelledby="h-cost">
        <header>
          <h2 id="h-cost">Cost</h2>
          <span className="dim small">
            {sum.unpricedCalls === 0
              ? "every call has its price"
              : `and ${count(sum.unpricedCalls)} calls without a price, ${count(sum.unpricedTokens)} tokens`}
          </span>
        </header>
        <dl className="gauges flow cost">
          <Figure name="Spent" value={usd(sum.spentUsd)} context="settled by the calls" />
          <Figure
            name="Reserved"
            value={usd(sum.reservedUsd)}
            context={run.status === "running" ? "by calls under way" : "perhaps charged by calls that were cut off"}
          />
          {sum.perItemUsd === null ? null : (
            <Figure name="An item" value={usd(sum.perItemUsd)} context="on average, failed ones included" />
          )}
          {sum.forecastUsd === null ? null : (
            <Figure
              name={sum.left === 0 ? "In all" : "In all, forecast"}
              value={usdRange(sum.forecastUsd)}
              context={
                sum.left === 0
                  ? "nothing is left to call"
                  : `${count(sum.left)} items to go, by what an item cost so far`
              }
            />
          )}
          {budget === null ? null : (
            <Figure
              name="Budget"
              value={usd(budget.budgetUsd)}
              context={
                budget.leftUsd > 0 || reached.length === 0
                  ? `${usd(budget.leftUsd)} left`
                  : `reached at ${clock(reached.at(-1)?.at ?? 0)}`
              }
            />
          )}
        </dl>
      </section>
      <section className="panel" aria-labelledby="h-by-map">
        <header>
          <h2 id="h-by-map">By map</h2>
        </header>
        <table className="tbl plain">
          <thead>
            <tr>
              <th>Map</th>
              <th className="num">Items</th>
              <th className="num">Spent</th>
              <th className="num">Reserved</th>
              <th className="num">Budget</th>
              <th className="num">Left of it</th>
              <th className="num">An item</th>
              <th className="num">To go</th>
              <th className="num">Forecast</th>
              <th className="num">Unpriced calls</th>
              <th className="num">Their tokens</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.stage}>
                <td className="mono">{row.stage}</td>
                <td className="num">{count(row.done)}</td>
                <td className="num">{row.spentUsd === null ? "–" : usd(row.spentUsd)}</td>
                <td className="num">{row.reservedUsd === 0 ? "" : usd(row.reservedUsd)}</td>
                <BudgetCells map={maps.find(({ stage }) => stage === row.stage)} />
                <td className="num">{row.perItemUsd === null ? "–" : usd(row.perItemUsd)}</td>
                <td className="num">{row.left === null ? "not known" : row.left === 0 ? "" : count(row.left)}</td>
                <td className="num">{row.forecastUsd === null ? "–" : usdRange(row.forecastUsd)}</td>
                <td className="num">{row.unpricedCalls === 0 ? "" : count(row.unpricedCalls)}</td>
                <td className="num">{row.unpricedTokens === 0 ? "" : count(row.unpricedTokens)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <CostModels maps={maps} />
      {pace.times.length < 2 ? null : (
        <section className="panel" aria-labelledby="h-pace">
          <header>
            <h2 id="h-pace">Over time</h2>
            <span className="dim small">
              {history?.isWhole === false ? "of the first 500,000 events" : "of every execution of this run"}
            </span>
          </header>
          <div className="pad">
            <Series
              label={`Items${hasCost ? " and dollars" : ""} a second, from ${clock(pace.times[0] ?? 0)} to ${clock(pace.times.at(-1) ?? 0)}`}
              times={pace.times}
              lines={hasCost ? lines : lines.slice(0, 1)}
            />
          </div>
        </section>
      )}
    </>
  );
}

function BudgetCells({ map }: { readonly map: RunMap | undefined }) {
  const budget = map === undefined ? null : budgetOf(map);
  return (
    <>
      <td className="num">{budget === null ? "" : usd(budget.budgetUsd)}</td>
      <td className={budget !== null && budget.leftUsd <= 0 ? "num c-hold" : "num"}>
        {budget === null ? "" : usd(budget.leftUsd)}
      </td>
    </>
  );
}

/** Each map has a budget of its own: what one left another may not spend. */
function sumOf(budgets: readonly MapBudget[]): Pick<MapBudget, "budgetUsd" | "leftUsd"> {
  const sum = (of: (budget: MapBudget) => number) => budgets.reduce((all, budget) => all + of(budget), 0);
  return { budgetUsd: sum(({ budgetUsd }) => budgetUsd), leftUsd: sum(({ leftUsd }) => leftUsd) };
}

function Figure({ name, value, context }: { readonly name: string; readonly value: string; readonly context: string }) {
  return (
    <div className="gauge">
      <dt>{name}</dt>
      <dd className="v">{value}</dd>
      <dd className="f">{context}</dd>
    </div>
  );
}
