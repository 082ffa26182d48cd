/** Items of a map: the picture of all, and the table of what the filter leaves, page by page. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { ask, query, runPath } from "../api/client.js";
import { exactText, parseExact } from "../api/exact-json.js";
import type { ItemPage, Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
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

/** Which items are shown: in the address, so that a link leads to them. */
export interface ItemsSearch {
  readonly map?: string;
  readonly outcome?: string;
  readonly category?: string;
  /** Fingerprint of a cause of failures. */
  readonly cause?: string;
}

export function ItemsTab({ run, maps }: ItemsTabProps) {
  const search = useSearch({ strict: false }) as ItemsSearch;
  const navigate = useNavigate();
  const map = maps.find((one) => one.stage === search.map) ?? maps.at(-1);
  if (map === undefined) return <p className="pad dim">This run has no maps.</p>;
  const show = (next: ItemsSearch) =>
    void navigate({
      to: "/runs/$runId/$tab",
      params: { runId: run.id, tab: "items" },
      search: { ...(search.map === undefined ? {} : { map: search.map }), ...next },
      replace: true,
    });
  const shown = search.category ?? (search.outcome === "ok" ? "ok" : null);
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
              onClick={() => show({ map: one.stage })}
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
            aria-pressed={search.cause === undefined && shown === value}
            onClick={() => show(value === null ? {} : value === "ok" ? { outcome: "ok" } : { category: value })}
          >
            {swatch === "" ? null : <i className={swatch} />}
            {name} <b>{count(n)}</b>
          </button>
        ))}
        {search.cause === undefined ? null : (
          <span className="qchip">
            <b>cause:</b>
            <span>{search.cause}</span>
            <button type="button" aria-label={`Remove cause:${search.cause}`} onClick={() => show({})}>
              <X className="i" aria-hidden="true" />
            </button>
          </span>
        )}
      </div>
      <ItemRows key={JSON.stringify([map.stage, search])} run={run} stage={map.stage} search={search} />
    </>
  );
}

interface ItemRowsProps {
  readonly run: Run;
  readonly stage: string;
  readonly search: ItemsSearch;
}

function ItemRows({ run, stage, search }: ItemRowsProps) {
  const [open, setOpen] = useState<string | null>(null);
  const { outcome, category, cause } = search;
  const isFailed = category !== undefined || cause !== undefined;
  const how = { outcome: isFailed ? "error" : outcome === "ok" ? outcome : undefined, category, cause };
  const pages = useInfiniteQuery({
    queryKey: ["items", run.id, stage, how],
    queryFn: ({ pageParam, signal }) =>
      ask<ItemPage>(runPath(run.id, `/items${query({ stage, ...how, limit: PAGE_COUNT, cursor: pageParam })}`), {
        signal,
        parse: parseExact,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  if (pages.error !== null)
    return <Problem error={pages.error} what="The items could not be read" onAgain={() => void pages.refetch()} />;
  if (cause !== undefined && pages.isSuccess && rows.length === 0)
    return <p className="pad dim">No item fails for this cause any more.</p>;
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
