/** All runs: views, the query, the table, what is selected. The address has the query. */

import { parseRunSearch, queryOfSearch, searchOfTerms, searchParamsOf } from "@holdfast/client";
import { useRuns } from "@holdfast/client/react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { ApiProblem } from "../api/client.js";
import type { Facets, RunSummary, WorkflowPage } from "../api/types.js";
import { useAttention } from "../inbox/use-attention.js";
import { usePolled } from "../live/use-polled.js";
import { Button } from "../parts/button.js";
import { Key } from "../parts/key.js";
import { Problem } from "../parts/problem.js";
import { useTitle } from "../tab/use-title.js";
import { FacetBar } from "./facet-bar.js";
import { FirstVisit } from "./first-visit.js";
import { NothingMatches } from "./nothing-matches.js";
import { QueryBar } from "./query-bar.js";
import { RunsTable } from "./runs-table.js";
import { BUILT_IN, useSavedViews } from "./saved-views.js";
import { SlowRead } from "./slow-read.js";

const PAGE_COUNT = 100;
/** What nobody needs before something is selected. */
const SelectionBar = lazy(() => import("./selection-bar.js").then((chunk) => ({ default: chunk.SelectionBar })));

export function RunsPage() {
  const { q = "" } = useSearch({ from: "/runs" });
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isPointedAt, setPointedAt] = useState(false);
  const [isAll, setAll] = useState(false);
  const [total, setTotal] = useState<Facets["total"] | null>(null);
  const [jobId, setJob] = useState<string | null>(null);
  const clear = () => {
    setSelected(new Set());
    setAll(false);
  };
  const choose = (next: ReadonlySet<string>) => {
    setSelected(next);
    setAll(false);
  };
  const setQuery = (next: string) => {
    clear();
    void navigate({ to: "/runs", search: next === "" ? {} : { q: next }, replace: true });
  };
  const { data: workflows } = usePolled<WorkflowPage>("api/workflows", { everyMs: null });
  const fields = useMemo(() => fieldsOf(workflows), [workflows]);
  // "In the last two days" is meant from when it was asked.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the instant is that of the query
  const known = useMemo(() => ({ fields, nowMs: Date.now() }), [fields, q]);
  const { search, problem } = useMemo(() => searchOfTerms(parseRunSearch(q), known), [q, known]);
  const filter = useMemo(() => queryOfSearch(search), [search]);
  const runs = useRuns(useMemo(() => ({ ...filter, limit: PAGE_COUNT }), [filter]));
  const { rows, newCount, hold, refresh } = runs;
  const isHeld = isPointedAt || selected.size > 0 || isAll;
  // Runs may be gone, which nobody tells a list of.
  const follow = useCallback(
    (next: string | null) => {
      setJob(next);
      if (next === null) refresh();
    },
    [refresh],
  );
  useEffect(() => hold(isHeld), [hold, isHeld]);
  const marked = useMemo(() => (isAll ? new Set(rows.map(({ id }) => id)) : selected), [isAll, rows, selected]);
  useTitle("Runs");

  const values = useMemo(
    () => ({
      ...valuesOf(rows, fields ?? []),
      workflow: workflows?.rows.map(({ name }) => name) ?? [],
      owner: [...new Set(rows.flatMap(({ owner }) => (owner === null ? [] : [owner])))],
    }),
    [workflows, rows, fields],
  );
  const isRead = runs.kind === "ready";
  if (isRead && rows.length === 0 && q === "" && newCount === 0) return <FirstVisit />;
  return (
    <>
      <h1 className="vh">Runs</h1>
      <Views q={q} />
      <div className="query">
        <QueryBar q={q} onChange={setQuery} values={values} known={known} />
      </div>
      {problem === null ? <FacetBar q={q} filter={filter} runs={runs} onChange={setQuery} onTotal={setTotal} /> : null}
      {problem === null ? null : <p className="pad c-fail">{problem}</p>}
      <SlowRead since={runs.readingSince} q={q} onStop={runs.stop} />
      {runs.problem === null ? null : (
        <Problem
          error={new ApiProblem(runs.problem.status, runs.problem)}
          what="The list could not be read"
          onAgain={runs.refresh}
        />
      )}
      {isRead && rows.length === 0 && newCount === 0 ? (
        <NothingMatches q={q} onChange={setQuery} />
      ) : (
        <RunsTable
          rows={rows}
          isReading={runs.kind === "loading"}
          hasMore={runs.hasMore}
          onMore={runs.loadMore}
          newCount={newCount}
          onNew={runs.showNew}
          selected={marked}
          onSelect={choose}
          onHold={setPointedAt}
        >
          {selected.size === 0 && !isAll && jobId === null ? null : (
            <Suspense>
              <SelectionBar
                runs={chosen(rows, selected)}
                isAll={isAll}
                query={String(searchParamsOf(filter))}
                total={total}
                onAll={() => setAll(true)}
                onClear={clear}
                jobId={jobId}
                onJob={follow}
              />
            </Suspense>
          )}
        </RunsTable>
      )}
    </>
  );
}

/** Search fields of all workflows; null while they are not read. */
function fieldsOf(workflows: WorkflowPage | undefined): readonly string[] | null {
  if (workflows === undefined) return null;
  return [...new Set(workflows.rows.flatMap(({ search = [] }) => search))].sort();
}

/** Values of search fields that are seen in the list, to choose from. */
function valuesOf(rows: readonly RunSummary[], fields: readonly string[]): Record<string, readonly string[]> {
  const texts = (value: unknown) =>
    [value].flat().flatMap((one) => (one === null || one === undefined ? [] : [String(one)]));
  return Object.fromEntries(
    fields.map((field) => [field, [...new Set(rows.flatMap(({ search }) => texts(search[field])))].sort()]),
  );
}

const chosen = (rows: readonly RunSummary[], selected: ReadonlySet<string>) =>
  rows.filter(({ id }) => selected.has(id));

function Views({ q }: { readonly q: string }) {
  const { views, save, forget } = useSavedViews();
  const attention = useAttention();
  const all = [...BUILT_IN, ...views];
  const own = views.find((view) => view.q === q);
  return (
    <nav className="tabs" aria-label="Views of the list">
      {all.map((view) => (
        <Link
          key={view.name}
          to="/runs"
          search={view.q === "" ? {} : { q: view.q }}
          aria-current={view.q === q ? "true" : undefined}
        >
          {view.name}
          {view.q === "resumable:true" && attention.runs.length > 0 ? (
            <span className="n fail">{attention.text}</span>
          ) : null}
        </Link>
      ))}
      {q === "" || all.some((view) => view.q === q) ? null : <SaveView onSave={(name) => save({ name, q })} />}
      {own === undefined ? null : (
        <Button kind="bare" size="sm" onClick={() => forget(own.name)}>
          Forget view
        </Button>
      )}
      <span className="end">
        <Link className="btn pri" to="/start" aria-keyshortcuts="n" aria-label="Start a run">
          <Plus className="i s" aria-hidden="true" />
          <span className="wide-only">Start a run</span>
          <Key>N</Key>
        </Link>
      </span>
    </nav>
  );
}

function SaveView({ onSave }: { readonly onSave: (name: string) => void }) {
  const [name, setName] = useState<string | null>(null);
  if (name === null)
    return (
      <Button kind="bare" size="sm" onClick={() => setName("")}>
        <Plus className="i s" aria-hidden="true" />
        Save view
      </Button>
    );
  return (
    <form
      className="btns"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") onSave(name.trim());
        setName(null);
      }}
    >
      <input
        className="inp short"
        aria-label="Name of the view"
        placeholder="Name of the view"
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => (event.key === "Escape" ? setName(null) : undefined)}
      />
      <Button size="sm" type="submit">
        Save
      </Button>
    </form>
  );
}
