/** Items joined on their key: how many changed in which way, and those of the chosen way, a page at a time in a virtual list. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { ask, query } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { Comparison, ItemPairPage } from "../api/types.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { count, counted } from "../words/numbers.js";
import type { CompareSearch } from "./search.js";
import { valueText } from "./value-text.js";

const PairDiff = lazy(() => import("./pair-diff.js").then((m) => ({ default: m.PairDiff })));

type Difference = NonNullable<Comparison["stages"][number]["items"]>;
type Change = "changed" | "okToError" | "errorToOk" | "onlyInA" | "onlyInB" | "same";

const KINDS: readonly { readonly change: Change; readonly name: string; readonly tone: string }[] = [
  { change: "okToError", name: "became failed", tone: "worse" },
  { change: "errorToOk", name: "failed in A alone", tone: "good" },
  { change: "changed", name: "another result", tone: "" },
  { change: "same", name: "the same", tone: "" },
  { change: "onlyInA", name: "only in A", tone: "" },
  { change: "onlyInB", name: "only in B", tone: "" },
];

interface ItemsProps {
  readonly comparison: Comparison;
  readonly search: CompareSearch;
  readonly onPick: (next: CompareSearch) => void;
}

export function Items({ comparison: { a, b, stages, equalStages }, search, onPick }: ItemsProps) {
  const maps = stages.filter((stage) => stage.items !== undefined);
  const chosen = maps.find(({ stage }) => stage === search.stage) ?? maps[0];
  if (chosen?.items === undefined) {
    const words =
      a.items === null && b.items === null ? "These runs have no items." : "The items are the same in both.";
    return equalStages.length === 0 && a.items === null ? null : <p className="pad dim panel first">{words}</p>;
  }
  const items = chosen.items;
  const first = KINDS.find(({ change }) => countOf(items, change) > 0)?.change ?? "same";
  const change = KINDS.find((kind) => kind.change === search.change)?.change ?? first;
  const pick = (stage: string, next: Change) => onPick({ a: a.id, b: b.id, stage, change: next });
  return (
    <section className="panel first" aria-labelledby="h-items">
      <header>
        <h2 id="h-items">{counted(items.inBoth, "item")} in both</h2>
        <span className="dim small">joined on key; choose a field to see its items</span>
        {maps.length < 2 ? null : (
          <span className="end">
            {maps.map(({ stage }) => (
              <button
                key={stage}
                type="button"
                className="facet mono"
                aria-pressed={stage === chosen.stage}
                onClick={() => pick(stage, change)}
              >
                {stage}
              </button>
            ))}
          </span>
        )}
      </header>
      <div className="quad kinds">
        {KINDS.map(({ change: one, name, tone }) => (
          <button
            key={one}
            type="button"
            className={`q ${countOf(items, one) === 0 ? "" : tone}`}
            aria-pressed={one === change}
            onClick={() => pick(chosen.stage, one)}
          >
            <b>{count(countOf(items, one))}</b>
            <span>{name}</span>
          </button>
        ))}
      </div>
      {countOf(items, change) === 0 ? (
        <p className="pad dim">No item is here.</p>
      ) : (
        <Pairs key={`${chosen.stage} ${change}`} a={a.id} b={b.id} stage={chosen.stage} change={change} />
      )}
    </section>
  );
}

const countOf = (items: Difference, change: Change): number => (change === "same" ? items.same : items[change].count);

const ROW_PX = 36;
const PAGE_COUNT = 100;

interface PairsProps {
  readonly a: string;
  readonly b: string;
  readonly stage: string;
  readonly change: Change;
}

function Pairs({ a, b, stage, change }: PairsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<string | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ["compare-items", a, b, stage, change],
    queryFn: ({ pageParam, signal }) =>
      ask<ItemPairPage>(`api/compare/items${query({ a, b, stage, change, limit: PAGE_COUNT, cursor: pageParam })}`, {
        signal,
        parse: parseExact,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetching && last >= rows.length - PAGE_COUNT / 4) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage, last, rows.length]);
  if (pages.error !== null) {
    return <Problem error={pages.error} what="The items could not be read" onAgain={() => void pages.refetch()} />;
  }
  const opened = rows.find(({ key }) => key === open);
  return (
    <>
      <div
        className="pairs"
        ref={scroller}
        style={{ height: Math.min(560, Math.max(1, rows.length) * ROW_PX) }}
        {...SCROLLS}
      >
        <ul style={{ height: virtual.getTotalSize(), position: "relative" }} aria-label="Items">
          {shown.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <li key={row.key} aria-setsize={rows.length} aria-posinset={index + 1}>
                <button
                  type="button"
                  className="row"
                  style={{ top: start }}
                  aria-expanded={row.key === open}
                  onClick={() => setOpen(row.key === open ? null : row.key)}
                >
                  <span className="id cut">{row.key}</span>
                  <Outcome item={row.a} />
                  <Outcome item={row.b} />
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      {opened === undefined ? null : (
        <Suspense fallback={null}>
          <PairDiff pair={opened} />
        </Suspense>
      )}
    </>
  );
}

interface Item {
  readonly outcome: "ok" | "error";
  readonly output?: unknown;
  readonly category?: string | null;
  readonly error?: { readonly message: string } | null;
}

function Outcome({ item }: { readonly item: unknown }) {
  const one = item as Item | null;
  if (one === null) return <span className="dim">–</span>;
  if (one.outcome === "ok") return <span className="mono small mid cut">{valueText(one.output, 120)}</span>;
  return <span className="c-fail cut">{(one.category ?? "other").replaceAll("_", " ")}</span>;
}
