/** Items of a map: the picture of all, and the table of what the filter leaves, page by page. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask, query, runPath } from "../api/client.js";
import { exactText, parseExact } from "../api/exact-json.js";
import type { ItemPage, Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { JsonTree } from "../tree/json-tree.js";
import { count, usd } from "../words/numbers.js";
import { clock, duration, instant } from "../words/times.js";
import { HeatMap } from "./heat-map.js";
import { PlanPanel } from "./plan-panel.js";
import type { RunMap } from "./use-run-maps.js";

type Item = ItemPage["rows"][number];

const PAGE_COUNT = 100;

interface ItemsTabProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
}

export function ItemsTab({ run, maps }: ItemsTabProps) {
  const [stage, setStage] = useState<string | null>(null);
  const [filter, setFilter] = useState<string | null>(null);
  const map = maps.find((one) => one.stage === stage) ?? maps.at(-1);
  if (map === undefined) return <p className="pad dim">This run has no maps.</p>;
  const ok = map.done - map.failed;
  const facets = [
    { value: null, name: "All", n: map.done, swatch: "" },
    { value: "ok", name: "Done", n: ok, swatch: "done" },
    ...Object.entries(map.errors).map(([category, n]) => ({
      value: category,
      name: category.replaceAll("_", " "),
      n: n as number,
      swatch: "bad",
    })),
  ];
  return (
    <>
      {maps.length < 2 ? null : (
        <div className="facets pad-top">
          <span className="lab">Map</span>
          {maps.map((one) => (
            <button
              key={one.stage}
              type="button"
              className="facet mono"
              aria-pressed={one.stage === map.stage}
              onClick={() => {
                setStage(one.stage);
                setFilter(null);
              }}
            >
              {one.stage}
            </button>
          ))}
        </div>
      )}
      <PlanPanel run={run} maps={maps} isAskedOnly />
      <HeatMap run={run} map={map} />
      <div className="facets pad-top ruled">
        <span className="lab">Outcome</span>
        {facets.map(({ value, name, n, swatch }) => (
          <button
            key={name}
            type="button"
            className="facet"
            aria-pressed={filter === value}
            onClick={() => setFilter(value)}
          >
            {swatch === "" ? null : <i className={swatch} />}
            {name} <b>{count(n)}</b>
          </button>
        ))}
      </div>
      <ItemRows key={`${map.stage} ${filter}`} run={run} stage={map.stage} filter={filter} />
    </>
  );
}

interface ItemRowsProps {
  readonly run: Run;
  readonly stage: string;
  readonly filter: string | null;
}

function ItemRows({ run, stage, filter }: ItemRowsProps) {
  const [open, setOpen] = useState<string | null>(null);
  const how = filter === null ? {} : filter === "ok" ? { outcome: "ok" } : { outcome: "error", category: filter };
  const pages = useInfiniteQuery({
    queryKey: ["items", run.id, stage, filter],
    queryFn: ({ pageParam, signal }) =>
      ask<ItemPage>(runPath(run.id, `/items${query({ stage, ...how, limit: PAGE_COUNT, cursor: pageParam })}`), {
        signal,
        parse: parseExact,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <>
      <table className="tbl plain items">
        <thead>
          <tr>
            <th>Item</th>
            <th>Outcome</th>
            <th>Output or error</th>
            <th className="num">Attempts</th>
            <th className="num">Took</th>
            <th className="num">Cost</th>
            <th className="num">Ended</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((item) => (
            <ItemRow
              key={item.key}
              item={item}
              isOpen={open === item.key}
              onToggle={() => setOpen(open === item.key ? null : item.key)}
            />
          ))}
        </tbody>
      </table>
      {pages.hasNextPage ? (
        <p className="pad more">
          <Button onClick={() => void pages.fetchNextPage()} refusal={pages.isFetching ? "It is being read" : null}>
            Next {PAGE_COUNT}
          </Button>
        </p>
      ) : null}
    </>
  );
}

function ItemRow({
  item,
  isOpen,
  onToggle,
}: {
  readonly item: Item;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}) {
  const isOk = item.outcome === "ok";
  const text = isOk ? exactText(item.output) : (item.error?.message ?? "");
  return (
    <>
      <tr aria-selected={isOpen}>
        <td>
          <button type="button" className="id cut" aria-expanded={isOpen} onClick={onToggle}>
            {item.key}
          </button>
          {item.label === null ? null : <span className="dim cut"> {item.label}</span>}
        </td>
        <td className={isOk ? "" : "c-fail"}>{isOk ? "done" : (item.category ?? "other").replaceAll("_", " ")}</td>
        <td className={isOk ? "mono dim" : ""}>{(text ?? "").slice(0, 240)}</td>
        <td className="num">{count(item.attempts)}</td>
        <td className="num">{duration(item.finishedAt - item.startedAt)}</td>
        <td className="num">{item.costUsd === null ? "–" : item.costUsd === 0 ? "" : usd(item.costUsd)}</td>
        <td className="num" title={instant(item.finishedAt)}>
          {clock(item.finishedAt)}
        </td>
      </tr>
      {isOpen ? (
        <tr className="opened">
          <td colSpan={7}>
            <JsonTree value={isOk ? item.output : item.error} label={`Item ${item.key}`} />
          </td>
        </tr>
      ) : null}
    </>
  );
}
