/** Calls, tokens and dollars by model: the part of the cost whose calls named their model. */
import { count, usd } from "../words/numbers.js";
import { modelsOf } from "./cost-sums.js";
import type { RunMap } from "./use-run-maps.js";

export function CostModels({ maps }: { readonly maps: readonly RunMap[] }) {
  const rows = modelsOf(maps);
  if (rows.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="h-by-model">
      <header>
        <h2 id="h-by-model">By model</h2>
        <span className="dim small">calls that named their model, failed ones included</span>
      </header>
      <table className="tbl plain">
        <thead>
          <tr>
            <th>Model</th>
            <th className="num">Calls</th>
            <th className="num">Input tokens</th>
            <th className="num">Output tokens</th>
            <th className="num">Spent</th>
            <th className="num">Unpriced calls</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ model, calls, inputTokens, outputTokens, spentUsd, unpricedCalls }) => (
            <tr key={model}>
              <td className="mono">{model}</td>
              <td className="num">{count(calls)}</td>
              <td className="num">{count(inputTokens)}</td>
              <td className="num">{count(outputTokens)}</td>
              <td className="num">{spentUsd === null ? "–" : usd(spentUsd)}</td>
              <td className="num">{unpricedCalls === 0 ? "" : count(unpricedCalls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
