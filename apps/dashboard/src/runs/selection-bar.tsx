/** What is selected, by hand or as all that match, and what can be done with all of it: one job of the server, shown first. */
import { Link } from "@tanstack/react-router";
import { CircleSlash, GitCompare, Pause, Play, RotateCcw, Trash2, X } from "lucide-react";
import { useState } from "react";
import { useActRefusal } from "../api/session-context.js";
import type { BulkPlan, Facets, RunSummary } from "../api/types.js";
import { Button } from "../parts/button.js";
import { count } from "../words/numbers.js";
import { BULK_WORDS, type BulkAct } from "./bulk-acts.js";
import { BulkDialog, type BulkTarget } from "./bulk-dialog.js";
import { JobBar, startJob } from "./job-bar.js";

interface SelectionBarProps {
  readonly runs: readonly RunSummary[];
  /** All runs that match, read or not: by the filters of the list. */
  readonly isAll: boolean;
  readonly query: string;
  /** How many match; null while that is not known. */
  readonly total: Facets["total"] | null;
  readonly onAll: () => void;
  readonly onClear: () => void;
  /** The job of this page; it outlives the selection. */
  readonly jobId: string | null;
  readonly onJob: (jobId: string | null) => void;
}

const ACTS: readonly { readonly act: BulkAct; readonly icon: typeof Pause }[] = [
  { act: "pause", icon: Pause },
  { act: "resume", icon: Play },
  { act: "cancel", icon: CircleSlash },
  { act: "restart", icon: RotateCcw },
  { act: "delete", icon: Trash2 },
];

export function SelectionBar(props: SelectionBarProps) {
  const { runs, isAll, query, total, onAll, onClear, jobId, onJob } = props;
  const refusal = useActRefusal();
  const [asked, setAsked] = useState<BulkAct | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const target: BulkTarget = isAll ? { query } : { runIds: runs.map(({ id }) => id) };
  const start = async ({ planId }: BulkPlan) => {
    setAsked(null);
    try {
      onJob(await startJob(planId));
      setProblem(null);
      onClear();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  if (jobId !== null) return <JobBar jobId={jobId} onClose={() => onJob(null)} />;
  if (runs.length === 0 && !isAll) return null;
  const many = total === null ? "all that match" : `all ${wordTotal(total)} that match`;
  return (
    <>
      <section className="float" aria-label="Selection">
        <b className="b">{isAll ? `${many} selected` : `${count(runs.length)} selected`}</b>&nbsp;
        {isAll ? null : (
          <button type="button" className="link" onClick={onAll}>
            Select {many}
          </button>
        )}
        <span className="sep" />
        {!isAll && runs.length === 2 ? (
          <Link className="btn bare" to="/compare" search={{ a: runs[0]?.id ?? "", b: runs[1]?.id ?? "" }}>
            <GitCompare className="i s" aria-hidden="true" />
            Compare
          </Link>
        ) : null}
        {ACTS.map(({ act, icon: Icon }) => (
          <Button key={act} kind="bare" refusal={refusal} onClick={() => setAsked(act)}>
            <Icon className="i s" aria-hidden="true" />
            {act === "delete" ? "Delete" : BULK_WORDS[act].verb}…
          </Button>
        ))}
        {problem === null ? null : (
          <span className="c-fail small" role="alert">
            {problem}
          </span>
        )}
        <span className="sep" />
        <Button kind="bare" isIcon title="Clear selection (Esc)" aria-label="Clear selection" onClick={onClear}>
          <X className="i s" aria-hidden="true" />
        </Button>
      </section>
      {asked === null ? null : (
        <BulkDialog act={asked} target={target} onClose={() => setAsked(null)} onSure={(plan) => void start(plan)} />
      )}
    </>
  );
}

const wordTotal = ({ count: n, isMore }: Facets["total"]) => `${count(n)}${isMore ? "+" : ""}`;
