/** A job of the server over many runs: how far it is, what it left alone, and the way to stop it. */
import { useBulk } from "@holdfast/client/react";
import { X } from "lucide-react";
import { useEffect } from "react";
import { ask } from "../api/client.js";
import type { BulkJob } from "../api/types.js";
import { Button } from "../parts/button.js";
import { count, counted } from "../words/numbers.js";
import { BULK_WORDS } from "./bulk-acts.js";

/** Starts what a preview showed. The id of the job. */
export async function startJob(planId: string): Promise<string> {
  return (await ask<BulkJob>("api/bulk/jobs", { method: "POST", body: { planId } })).jobId;
}

/** Goes away by itself where all went well: the rows tell it. */
export function JobBar({ jobId, onClose }: { readonly jobId: string; readonly onClose: () => void }) {
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
