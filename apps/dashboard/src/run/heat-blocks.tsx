/** The picture of all items as a table: a block a row, with what of it is done and what failed. */
import { count } from "../words/numbers.js";
import type { Range } from "./heat-range.js";

interface HeatBlocksProps {
  readonly cells: Uint8Array;
  readonly perCell: number;
  readonly onChoose: (range: Range) => void;
}

const BLOCK = 100;
/** In the order of the columns: kept, done, failed, in flight, to go. */
const COLUMNS = [1, 2, 3, 4, 0] as const;

export function HeatBlocks({ cells, perCell, onChoose }: HeatBlocksProps) {
  const blocks = Array.from({ length: Math.ceil(cells.length / BLOCK) }, (_, block) => {
    const counts = [0, 0, 0, 0, 0];
    for (const state of cells.subarray(block * BLOCK, (block + 1) * BLOCK)) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  });
  return (
    <div className="heat-blocks">
      {perCell === 1 ? null : (
        <p className="pad dim small">Counted in cells of {count(perCell)} items, each by the worst of them.</p>
      )}
      <table className="tbl plain">
        <thead>
          <tr>
            <th>Items</th>
            <th className="num">Kept</th>
            <th className="num">Done</th>
            <th className="num">Failed</th>
            <th className="num">In flight</th>
            <th className="num">To go</th>
          </tr>
        </thead>
        <tbody>
          {blocks.map((counts, block) => {
            const from = block * BLOCK * perCell;
            const to = Math.min(cells.length, (block + 1) * BLOCK) * perCell - 1;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place
              <tr key={block}>
                <td>
                  <button type="button" className="id" onClick={() => onChoose({ from, to, anchor: block * BLOCK })}>
                    {count(from + 1)}–{count(to + 1)}
                  </button>
                </td>
                {COLUMNS.map((state) => (
                  <td key={state} className={state === 3 && (counts[3] ?? 0) > 0 ? "num c-fail" : "num"}>
                    {counts[state] === 0 ? "" : count(counts[state] ?? 0)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
