/** Terms with their counts, and how far their use moved from one period to the other. */
import { useState } from "react";
import { count } from "../words/numbers.js";
import { fixed } from "./figures.js";
import type { PartOf } from "./parts.js";

/** Terms before the rest is asked for. */
const SHOWN = 15;

export function TermsPart({ part: { terms, periods, title } }: { readonly part: PartOf<"terms"> }) {
  const [shown, setShown] = useState(SHOWN);
  const highest = Math.max(0, ...terms.flatMap(({ rates }) => rates ?? []));
  const placed = (rate: number) => (highest === 0 ? 0 : (100 * rate) / highest);
  return (
    <div className="result-scroll">
      <table className="mini terms" aria-label={title ?? "Terms"}>
        <thead>
          <tr>
            <th scope="col">Term</th>
            <th scope="col" className="num">
              Count
            </th>
            <th scope="col" className="num">
              Docs
            </th>
            {periods === undefined ? null : (
              <th scope="col" className="moved">
                <span className="key pa" /> {periods[0]} <span className="key pb" /> {periods[1]}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {terms.slice(0, shown).map(({ term, count: found, documents, rates }) => (
            <tr key={term}>
              <td className="mono">{term}</td>
              <td className="num">{count(found)}</td>
              <td className="num mid">{count(documents)}</td>
              {periods === undefined ? null : (
                <td className="moved">
                  {rates === undefined ? null : (
                    <>
                      <span className="vh">
                        {periods[0]} {fixed(rates[0], 1)}, {periods[1]} {fixed(rates[1], 1)}
                      </span>
                      <div className="db" aria-hidden="true" title={`${fixed(rates[0], 1)} → ${fixed(rates[1], 1)}`}>
                        <u
                          style={{
                            left: `${placed(Math.min(...rates))}%`,
                            width: `${placed(Math.abs(rates[1] - rates[0]))}%`,
                          }}
                        />
                        <i className="pa" style={{ left: `${placed(rates[0])}%` }} />
                        <i className="pb" style={{ left: `${placed(rates[1])}%` }} />
                      </div>
                    </>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {terms.length > shown ? (
        <button type="button" className="link" onClick={() => setShown(terms.length)}>
          {count(terms.length - shown)} more terms
        </button>
      ) : null}
    </div>
  );
}
