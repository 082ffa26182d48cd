/** Figures over time as lines, with the same as a table. What draws them comes when they are first shown. */
import { lazy, Suspense, useState } from "react";
import { clock } from "../words/times.js";
import type { SeriesProps } from "./series-lines.js";

const SeriesPlot = lazy(() => import("./series-plot.js").then((m) => ({ default: m.SeriesPlot })));

export function Series(props: SeriesProps) {
  const { label, times, lines, heightPx = 150 } = props;
  const [isTable, setTable] = useState(false);
  return (
    <figure className="series">
      <figcaption>
        <span>{label}</span>
        <button type="button" className="btn bare sm" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? "Show the lines" : "Show as table"}
        </button>
      </figcaption>
      {isTable ? (
        <div className="series-table">
          <table className="tbl plain">
            <thead>
              <tr>
                <th>From</th>
                {lines.map((line) => (
                  <th key={line.label} className="num">
                    {line.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((at, index) => (
                <tr key={at}>
                  <td className="num">{clock(at)}</td>
                  {lines.map((line) => {
                    const value = line.values[index];
                    return (
                      <td key={line.label} className="num">
                        {value === null || value === undefined ? "" : line.word(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <div role="img" aria-label={label} style={{ minHeight: heightPx }}>
          <Suspense fallback={null}>
            <SeriesPlot {...props} heightPx={heightPx} />
          </Suspense>
        </div>
      )}
    </figure>
  );
}
