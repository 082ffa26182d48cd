/** A figure for each pair of two lists: strength of ink for the figure, in seven steps, so that each keeps its contrast. */
import { fixed } from "./figures.js";
import type { PartOf } from "./parts.js";

/** Percent of ink. None lies in the middle, where neither ink nor its inverse could be read. */
const STEPS = [5, 13, 23, 35, 70, 84, 97];
const DARK_FROM = 50;

export function GridPart({
  part: { rows, columns, cells, digits = 2, best, title },
}: {
  readonly part: PartOf<"grid">;
}) {
  const known = cells.flat().filter((cell) => cell !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const inkOf = (cell: number) => {
    const share = high === low ? 1 : (cell - low) / (high - low);
    return STEPS[Math.min(STEPS.length - 1, Math.floor(share * STEPS.length))] ?? 0;
  };
  return (
    <div className="result-scroll">
      <table className="sweep" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">
              <span className="vh">
                {rows.name} by {columns.name}
              </span>
            </th>
            {columns.values.map((value) => (
              <th key={value} scope="col">
                <span className="vh">{columns.name} </span>
                {value}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.values.map((value, row) => (
            <tr key={value}>
              <th scope="row">
                <span className="vh">{rows.name} </span>
                {value}
              </th>
              {columns.values.map((other, column) => {
                const cell = cells[row]?.[column] ?? null;
                if (cell === null) return <td key={other} className="none" aria-label="none" />;
                const ink = inkOf(cell);
                const isBest = best !== undefined && best[0] === row && best[1] === column;
                return (
                  <td
                    key={other}
                    className={["c", ink > DARK_FROM ? "inv" : "", isBest ? "best" : ""].join(" ").trim()}
                    style={{ "--w": ink } as React.CSSProperties}
                  >
                    {fixed(cell, digits)}
                    {isBest ? <span className="vh"> best</span> : null}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
