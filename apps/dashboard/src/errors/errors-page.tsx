/** What goes wrong over all runs, by cause: how much, on which days, in which runs, and what a retry of all of it would take. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { query } from "../api/client.js";
import type { FailurePage, WorkflowPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useShownColumns } from "../parts/shown-columns.js";
import { Skeleton } from "../parts/skeleton.js";
import { JobBar, startJob } from "../runs/job-bar.js";
import { useTitle } from "../tab/use-title.js";
import { count, counted } from "../words/numbers.js";
import { zoneOffsetMs } from "../words/times.js";
import { type Cause, groupOf } from "./cause.js";
import { CauseRow, Days } from "./cause-row.js";

export interface ErrorsSearch {
  readonly days?: string;
  readonly workflow?: string;
  readonly category?: string;
  /** Causes of one group alone. */
  readonly state?: string;
}

const WINDOWS = ["1", "7", "30"] as const;
const DAYS_DEFAULT = "7";
const DAY_MS = 86_400_000;
const COLUMNS = 6;
const GROUPS = [
  ["open", "Open"],
  ["resolved", "Resolved"],
  ["ignored", "Ignored"],
] as const;

export function ErrorsPage() {
  const search = useSearch({ strict: false }) as ErrorsSearch;
  const { workflow, category } = search;
  const days = WINDOWS.find((one) => one === search.days) ?? DAYS_DEFAULT;
  const navigate = useNavigate();
  const [open, setOpen] = useState<string | null>(null);
  const [table, columns] = useShownColumns(COLUMNS);
  const [jobId, setJob] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useTitle("Errors");
  const set = (next: ErrorsSearch) => {
    const whole = { ...search, ...next };
    const kept = Object.entries(whole).filter(([, value]) => value !== undefined && value !== "");
    void navigate({ to: "/errors", search: Object.fromEntries(kept) as never, replace: true });
  };
  // Whole days of the reader's own, so that the question is the same all day.
  const dayOffsetMs = zoneOffsetMs();
  const midnight = Math.floor((Date.now() + dayOffsetMs) / DAY_MS) * DAY_MS - dayOffsetMs;
  const asked = { since: midnight - (Number(days) - 1) * DAY_MS, dayOffsetMs };
  const path = `api/errors${query({ ...asked, workflow, category })}`;
  const { data, error, refetch } = usePolled<FailurePage>(path, { everyMs: 10_000 });
  const retry = (planId: string) => {
    setProblem(null);
    startJob(planId).then(setJob, (failure: Error) => setProblem(failure.message));
  };
  const endJob = useCallback(() => {
    setJob(null);
    void refetch();
  }, [refetch]);
  const { data: workflows } = usePolled<WorkflowPage>("api/workflows", { everyMs: null });
  const all = data?.rows ?? [];
  const state = GROUPS.find(([name]) => name === search.state)?.[0];
  const rows =
    state === undefined
      ? all.filter((row) => groupOf(row) !== "resolved")
      : all.filter((row) => groupOf(row) === state);
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const countToday = rows.reduce((sum, row) => sum + (row.days.at(-1) ?? 0), 0);
  const categories = [...new Set([...rows.map((row) => row.category), ...(category === undefined ? [] : [category])])];
  return (
    <>
      <h1 className="vh">Errors</h1>
      <nav className="tabs" aria-label="Of the errors">
        <Link
          to="/errors"
          search={{ ...search, state: undefined } as never}
          activeOptions={{ exact: true, includeSearch: true }}
          aria-current={state === undefined ? "page" : undefined}
        >
          All
        </Link>
        {GROUPS.map(([name, word]) => (
          <Link
            key={name}
            to="/errors"
            search={{ ...search, state: name } as never}
            activeOptions={{ exact: true, includeSearch: true }}
            aria-current={state === name ? "page" : undefined}
          >
            {word}
            <span className={name === "open" ? "n fail" : "n"}>
              {count(all.filter((row) => groupOf(row) === name).length)}
            </span>
          </Link>
        ))}
      </nav>
      <div className="facets pad-top">
        <label className="lab" htmlFor="of-workflow">
          Workflow
        </label>
        <select
          id="of-workflow"
          className="inp short"
          value={workflow ?? ""}
          onChange={(event) => set({ workflow: event.target.value })}
        >
          <option value="">All</option>
          {workflows?.rows.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <label className="lab" htmlFor="of-category">
          Category
        </label>
        <select
          id="of-category"
          className="inp short"
          value={category ?? ""}
          onChange={(event) => set({ category: event.target.value })}
        >
          <option value="">All</option>
          {categories.map((name) => (
            <option key={name} value={name}>
              {name.replaceAll("_", " ")}
            </option>
          ))}
        </select>
        <span className="end">
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form */}
          <span className="seg" role="group" aria-label="Time">
            {WINDOWS.map((one) => (
              <button key={one} type="button" aria-pressed={one === days} onClick={() => set({ days: one })}>
                {one === "1" ? "Today" : `${one} d`}
              </button>
            ))}
          </span>
        </span>
      </div>
      {problem === null ? null : (
        <p className="pad c-fail" role="alert">
          {problem}
        </p>
      )}
      {error === null ? null : (
        <Problem error={error} what="The errors could not be read" onAgain={() => void refetch()} />
      )}
      {data !== undefined && rows.length === 0 ? (
        <div className="void framed">
          <h2>
            {all.length > 0
              ? `No cause is ${state ?? "open"}`
              : `Nothing failed ${days === "1" ? "today" : `in ${days} days`}`}
          </h2>
          <p className="dim">
            {workflow === undefined && category === undefined && all.length === 0
              ? "Failed items and failed runs come here, those of one cause together."
              : "Another time, state, workflow or category may have some."}
          </p>
        </div>
      ) : (
        <>
          {data === undefined ? null : (
            <section className="over" aria-labelledby="h-over">
              <div>
                <h2 id="h-over" className="vh">
                  All causes, a day
                </h2>
                <span className="n">{count(total)}</span>
                <span className="mid">
                  {counted(rows.length, "cause")}, {count(countToday)} today
                </span>
              </div>
              <Days days={sumOf(rows)} firstDay={data.firstDay} isBig />
            </section>
          )}
          <div className="tblwrap">
            {/* biome-ignore lint/a11y/useSemanticElements: a table that scrolls */}
            <div className="scroll" role="region" aria-label="Causes" {...SCROLLS}>
              <table className="tbl causes" ref={table}>
                <colgroup>
                  <col className="c-n" />
                  <col />
                  <col className="wide-only c-days" />
                  <col className="wide-only c-runs" />
                  <col className="wide-only c-when" />
                  <col className="c-when" />
                </colgroup>
                <thead>
                  <tr>
                    <th className="num" aria-sort="descending">
                      Count
                    </th>
                    <th>Cause</th>
                    <th className="wide-only">A day</th>
                    <th className="num wide-only">Runs</th>
                    <th className="num wide-only">First</th>
                    <th className="num">Last</th>
                  </tr>
                </thead>
                <tbody>
                  {data === undefined && error === null ? <Skeleton columns={columns} /> : null}
                  {[...rows].sort(byGroup).map((cause) => (
                    <CauseRow
                      key={cause.fingerprint}
                      cause={cause}
                      columns={columns}
                      firstDay={data?.firstDay ?? 0}
                      isOpen={open === cause.fingerprint}
                      onRetry={retry}
                      onToggle={() => setOpen(open === cause.fingerprint ? null : cause.fingerprint)}
                    />
                  ))}
                </tbody>
              </table>
              <p className="small dim pad more">
                A cause is the category, the sentence without its numbers, and the stage.
                {data?.isWhole === false
                  ? " There are more failures than are looked through; these are of the newest runs."
                  : ""}
              </p>
            </div>
            {jobId === null ? null : <JobBar jobId={jobId} onClose={endJob} />}
          </div>
        </>
      )}
    </>
  );
}

/** Open ones first; of a group, the most first, as the server sorts them. */
const ORDER = ["open", "resolved", "ignored"] as const;
const byGroup = (a: Cause, b: Cause) => ORDER.indexOf(groupOf(a)) - ORDER.indexOf(groupOf(b));

function sumOf(rows: FailurePage["rows"]): readonly number[] {
  const sums = new Array<number>(rows[0]?.days.length ?? 0).fill(0);
  for (const { days } of rows) for (const [at, n] of days.entries()) sums[at] = (sums[at] ?? 0) + n;
  return sums;
}
