/** A delimited file as a table of which only the rows in sight are in the page. Every cell is text. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { SCROLLS } from "../parts/scrolls.js";
import { counted } from "../words/numbers.js";
import { COLUMNS_MAX, readDelimited } from "./csv.js";

const ROW_PX = 28;
const HEIGHT_MAX_PX = 560;
/** Rows from which the widths of the columns are taken. */
const SAMPLED = 100;
const LETTERS_MIN = 5;
const LETTERS_MAX = 36;

interface TablePreviewProps {
  readonly name: string;
  readonly text: string;
  readonly isCut: boolean;
}

export function TablePreview({ name, text, isCut }: TablePreviewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { header, rows } = useMemo(
    () => readDelimited(text, { isCut, isTabs: /\.tsv$/i.test(name) }),
    [name, text, isCut],
  );
  const columns = useMemo(() => columnsOf(header, rows), [header, rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const style = { gridTemplateColumns: columns.map((letters) => `${letters + 3}ch`).join(" ") };
  return (
    <>
      <p className="dim small pad">
        {counted(rows.length, "row")}
        {isCut ? " of the beginning of the file" : ""}, {counted(columns.length, "column")}
        {columns.length === COLUMNS_MAX ? " at most" : ""}
      </p>
      <div className="csv" ref={scroller} style={{ maxHeight: HEIGHT_MAX_PX }} {...SCROLLS}>
        {/* biome-ignore lint/a11y/useSemanticElements: rows that are placed are no rows of a table element */}
        <div
          role="table"
          aria-label={name}
          aria-rowcount={rows.length + 1}
          aria-colcount={columns.length}
          style={{ height: virtual.getTotalSize() + ROW_PX }}
        >
          <Cells style={style} index={1} columns={columns} row={header} role="columnheader" />
          {virtual.getVirtualItems().map(({ index, start }) => (
            <Cells
              key={index}
              style={{ ...style, position: "absolute", top: start + ROW_PX }}
              index={index + 2}
              columns={columns}
              row={rows[index] ?? []}
              role="cell"
            />
          ))}
        </div>
      </div>
    </>
  );
}

interface CellsProps {
  readonly style: React.CSSProperties;
  /** From 1, the header included, as a reader of the screen counts. */
  readonly index: number;
  readonly columns: readonly number[];
  readonly row: readonly string[];
  readonly role: "columnheader" | "cell";
}

function Cells({ style, index, columns, row, role }: CellsProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    // biome-ignore lint/a11y/useFocusableInteractive: it is looked at
    <div role="row" aria-rowindex={index} className={role === "cell" ? "crow" : "crow chead"} style={style}>
      {columns.map((_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        <span key={column} role={role} title={row[column]} className={isNumber(row[column]) ? "num cut" : "cut"}>
          {row[column] ?? ""}
        </span>
      ))}
    </div>
  );
}

const isNumber = (text = ""): boolean => text.trim() !== "" && /^[-−+]?[\d.,\s]*\d%?$/.test(text);

/** Letters a column takes. */
function columnsOf(header: readonly string[], rows: readonly (readonly string[])[]): readonly number[] {
  const sampled = [header, ...rows.slice(0, SAMPLED)];
  const many = sampled.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: many }, (_, column) =>
    Math.min(
      LETTERS_MAX,
      sampled.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), LETTERS_MIN),
    ),
  );
}
