/** Rows under columns; the best one stands out by its weight, not by a hue. */
import { useState } from "react";
import { count } from "../words/numbers.js";
import { cellText } from "./figures.js";
import type { Column, PartOf } from "./parts.js";

/** Rows before the rest is asked for. */
const SHOWN = 25;

const isFigure = ({ kind }: Column) => kind === "number" || kind === "percent" || kind === "usd";

export function TablePart({ part: { columns, rows, best, total, title } }: { readonly part: PartOf<"table"> }) {
  const [shown, setShown] = useState(SHOWN);
  const all = total ?? rows.length;
  return (
    <>
      <div className="result-scroll">
        <table className="mini" aria-label={title}>
          <thead>
            <tr>
              {columns.map((column, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one title
                <th key={at} scope="col" className={isFigure(column) ? "num" : ""}>
                  {column.title === "" ? <span className="vh">Name</span> : column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a result have no key
              <tr key={at} className={at === best ? "best" : ""}>
                {columns.map((column, place) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: as its column
                    key={place}
                    className={[isFigure(column) ? "num" : "", column.kind === "code" ? "mono" : ""].join(" ").trim()}
                  >
                    {cellText(row[place] ?? null, column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown ? (
        <button type="button" className="link" onClick={() => setShown(shown + SHOWN * 8)}>
          {count(rows.length - shown)} more rows
        </button>
      ) : null}
      {all > rows.length ? (
        <p className="dim small">
          The first {count(rows.length)} of {count(all)}.
        </p>
      ) : null}
    </>
  );
}
