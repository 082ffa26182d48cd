/** Lines over a common axis: the chart, loaded when there is one, with its legend and the reading under the pointer; or the same as a table. */
import { ChartLine, Table2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useKeys } from "../tab/keys.js";
import { axisText, placeText } from "./figures.js";
import type { PartOf } from "./parts.js";
import { TablePart } from "./table-part.js";

const SeriesChart = lazy(() => import("./series-chart.js").then((m) => ({ default: m.SeriesChart })));

type Series = PartOf<"series">;

export function SeriesPart({ part }: { readonly part: Series }) {
  const [isTable, setTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  useKeys({ T: () => setTable((was) => !was) });
  const { lines, drawdown, x, unit } = part;
  const place = at ?? x.length - 1;
  const reading = (value: number | null | undefined) =>
    value === null || value === undefined ? "none" : axisText(value, unit, unit === "percent" ? 1 : 2);
  const fall = drawdown?.values[place];
  return (
    <>
      <div className="series-head">
        <ul className="series-legend">
          {lines.map(({ name, role, values }) => (
            <li key={name}>
              <i className={role === "held" ? "held" : ""} />
              {name} <b>{reading(values[place])}</b>
            </li>
          ))}
          {drawdown === undefined ? null : (
            <li>
              <i className="fall" />
              {drawdown.name} <b>{fall === null || fall === undefined ? "none" : axisText(fall, "percent", 1)}</b>
            </li>
          )}
          <li className="dim">{placeText(x[place] ?? "")}</li>
        </ul>
        <button
          type="button"
          className="btn sm"
          aria-pressed={isTable}
          aria-keyshortcuts="T"
          onClick={() => setTable(!isTable)}
        >
          {isTable ? <ChartLine className="i s" aria-hidden="true" /> : <Table2 className="i s" aria-hidden="true" />}
          {isTable ? "Chart" : "Table"}
        </button>
      </div>
      {isTable ? (
        <TablePart part={asTable(part)} />
      ) : (
        <div className={drawdown === undefined ? "series-place" : "series-place tall"}>
          <Suspense fallback={null}>
            <SeriesChart part={part} at={at} onAt={setAt} reading={wordsAt(part, place)} />
          </Suspense>
        </div>
      )}
    </>
  );
}

function asTable({ x, lines, drawdown, says }: Series): PartOf<"table"> {
  const kind = "number" as const;
  return {
    shape: "table",
    title: says,
    columns: [
      { title: typeof x[0] === "number" ? "At" : "Day" },
      ...lines.map(({ name }) => ({ title: name, kind })),
      ...(drawdown === undefined ? [] : [{ title: drawdown.name, kind: "percent" as const }]),
    ],
    rows: x.map((place, at) => [
      typeof place === "number" ? String(place) : place,
      ...lines.map(({ values }) => values[at] ?? null),
      ...(drawdown === undefined ? [] : [drawdown.values[at] ?? null]),
    ]),
  };
}

/** What the legend says, in a sentence. */
function wordsAt({ x, lines, drawdown, unit }: Series, at: number): string {
  const of = (name: string, value: number | null | undefined, as: Series["unit"]) =>
    value === null || value === undefined ? [] : [`${name} ${axisText(value, as, as === "percent" ? 1 : 2)}`];
  return [
    placeText(x[at] ?? ""),
    ...lines.flatMap(({ name, values }) => of(name, values[at], unit)),
    ...(drawdown === undefined ? [] : of(drawdown.name, drawdown.values[at], "percent")),
  ].join(", ");
}
