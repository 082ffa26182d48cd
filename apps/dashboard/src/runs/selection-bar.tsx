/** What is selected, by hand or as all that match, and what can be done with all of it: one job of the server, shown first. */
import { useBulk } from "@holdfast/client/react";
import { Link } from "@tanstack/react-router";
import { CircleSlash, GitCompare, Pause, Play, RotateCcw, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { ask } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { BulkJob, BulkPlan, Facets, RunSummary } from "../api/types.js";
import { Button } from "../parts/button.js";
import { count, counted } from "../words/numbers.js";
import { BULK_WORDS, type BulkAct } from "./bulk-acts.js";
import { BulkDialog, type BulkTarget } from "./bulk-dialog.js";

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
      const job = await ask<BulkJob>("api/bulk/jobs", { method: "POST", body: { planId } });
      setProblem(null);
      onJob(job.jobId);
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

/** Goes away by itself where all went well: the rows tell it. */
function JobBar({ jobId, onClose }: { readonly jobId: string; readonly onClose: () => void }) {
  const { job, problem } = useBulk(jobId);
  const isClean = job?.state === "done" && job.refused === 0;
  useEffect(() => {
    if (isClean) onClose();
  }, [isClean, onClose]);
  if (problem !== null || job === null)
    return (
      <section className="float" aria-label="Act on many runs">
        <span role="status">{problem?.detail ?? "Starting…"}</span>
        <CloseButton onClose={onClose} />
      </section>
    );
  const { action, state, total, done, refused, refusals } = job;
  const [first] = refusals;
  return (
    <section className="float" aria-label="Act on many runs">
      <span role="status">
        {count(done)} of {counted(total, "run")} {BULK_WORDS[action].past}
        {refused === 0 ? "" : `, ${count(refused)} left alone`}
        {first === undefined ? "" : `. ${first.runId}: ${first.message}`}
        {state === "aborted" ? ". Stopped: the others are as they were" : ""}
      </span>
      <span className="sep" />
      {state === "running" ? (
        <Button kind="bare" onClick={() => void ask(`api/bulk/jobs/${jobId}`, { method: "DELETE" })}>
          Stop
        </Button>
      ) : (
        <CloseButton onClose={onClose} />
      )}
    </section>
  );
}

function CloseButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <Button kind="bare" isIcon title="Close" aria-label="Close" onClick={onClose}>
      <X className="i s" aria-hidden="true" />
    </Button>
  );
}
