/** The figures of both runs and the time of each stage, A outlined and B filled on one scale; colour says better or worse. */
import type { Comparison } from "../api/types.js";
import { count, usd } from "../words/numbers.js";
import { duration } from "../words/times.js";

interface Row {
  readonly name: string;
  readonly a: number | null;
  readonly b: number | null;
  readonly word: (value: number) => string;
  readonly isMoreBetter: boolean;
}

export function Figures({ comparison: { a, b, durations, equalStages } }: { readonly comparison: Comparison }) {
  const rows: readonly Row[] = [
    { name: "Time", a: a.durationMs, b: b.durationMs, word: duration, isMoreBetter: false },
    { name: "Cost", a: a.costUsd, b: b.costUsd, word: usd, isMoreBetter: false },
    {
      name: "Items with a result",
      a: a.items === null ? null : a.items.done - a.items.failed,
      b: b.items === null ? null : b.items.done - b.items.failed,
      word: count,
      isMoreBetter: true,
    },
    { name: "Failed items", a: a.items?.failed ?? null, b: b.items?.failed ?? null, word: count, isMoreBetter: false },
  ].filter((row) => row.a !== null || row.b !== null);
  const longest = Math.max(1, ...durations.flatMap((one) => [one.a ?? 0, one.b ?? 0]));
  return (
    <>
      <table className="tbl plain" aria-label="Figures">
        <Head name="Outcome" scale="" />
        <tbody>
          {rows.map((row) => (
            <FigureRow key={row.name} row={row} name={<span className="b">{row.name}</span>} longest={null} />
          ))}
        </tbody>
      </table>
      {durations.length === 0 ? null : (
        <table className="tbl plain" aria-label="Stages">
          <Head name="Stages" scale={`0 to ${duration(longest)}`} />
          <tbody>
            {durations.map((one) => (
              <FigureRow
                key={one.stage}
                row={{ ...one, name: one.stage, word: duration, isMoreBetter: false }}
                name={
                  <>
                    <span className="mono b">{one.stage}</span>{" "}
                    {equalStages.includes(one.stage) ? <span className="dim small">same outcome</span> : null}
                  </>
                }
                longest={longest}
              />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Head({ name, scale }: { readonly name: string; readonly scale: string }) {
  return (
    <>
      <colgroup>
        <col />
        <col className="c-fig" />
        <col className="c-fig" />
        <col className="c-delta" />
        <col className="wide-only c-scale" />
      </colgroup>
      <thead>
        <tr>
          <th>{name}</th>
          <th className="num">
            <span className="ab a">A</span>
          </th>
          <th className="num">
            <span className="ab b">B</span>
          </th>
          <th className="num">Change</th>
          <th className="wide-only">{scale}</th>
        </tr>
      </thead>
    </>
  );
}

interface FigureRowProps {
  readonly row: Row;
  readonly name: React.ReactNode;
  readonly longest: number | null;
}

function FigureRow({ row: { a, b, word, isMoreBetter }, name, longest }: FigureRowProps) {
  const delta = a === null || b === null ? null : b - a;
  const tone = delta === null || delta === 0 ? "dim" : delta > 0 === isMoreBetter ? "up" : "down";
  const at = (value: number) => `${(longest === null ? 0 : value / longest) * 100}%`;
  return (
    <tr>
      <td>{name}</td>
      <td className="num mid">{a === null ? "–" : word(a)}</td>
      <td className="num b">{b === null ? "–" : word(b)}</td>
      <td className="num">
        {delta === null ? (
          <span className="dim">–</span>
        ) : (
          <span className={`delta ${tone}`}>
            {delta === 0 ? "0" : `${delta > 0 ? "+" : "−"}${word(Math.abs(delta))}`}
          </span>
        )}
      </td>
      <td className="wide-only">
        {longest === null || a === null || b === null ? null : (
          <div className="db" aria-hidden="true">
            <u style={{ left: at(Math.min(a, b)), width: at(Math.abs(b - a)) }} />
            <i className="pa" style={{ left: at(a) }} />
            <i className="pb" style={{ left: at(b) }} />
          </div>
        )}
      </td>
    </tr>
  );
}
