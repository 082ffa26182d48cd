/**
 * The retry of one cause over many runs: each run's plan is made first, so that calls and price are known before anybody says
 * yes; then the plans are applied one after the other, each just as it was shown.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ask, query, runPath } from "../api/client.js";
import type { ErrorGroupPage, Plan, Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { count, counted, usdRange } from "../words/numbers.js";
import type { Cause } from "./cause-row.js";
import { type Planned, sumPlans } from "./sum-plans.js";

interface RetryAllProps {
  readonly cause: Cause;
  readonly onClose: () => void;
}

const CAN_RESUME = ["paused", "failed", "completed"];

async function planOf(cause: Cause, runId: string, signal: AbortSignal): Promise<Planned> {
  try {
    const run = await ask<Run>(runPath(runId), { signal });
    if (!CAN_RESUME.includes(run.status)) return { runId, refusal: `it is ${run.status}` };
    let body: object = {};
    if (cause.stage !== null) {
      const path = runPath(runId, `/errors${query({ stage: cause.stage, fingerprint: cause.fingerprint })}`);
      const keys = (await ask<ErrorGroupPage>(path, { signal })).rows[0]?.keys ?? [];
      if (keys.length === 0) return { runId, refusal: "it has none of these any more" };
      body = { only: { keys } };
    }
    const plan = await ask<Plan>(runPath(runId, "/plan"), { method: "POST", body, signal });
    if (plan.refusal !== null) return { runId, refusal: plan.refusal.message };
    return { runId, body, plan };
  } catch (error) {
    if (signal.aborted) throw error;
    return { runId, refusal: (error as Error).message };
  }
}

export function RetryAll({ cause, onClose }: RetryAllProps) {
  const client = useQueryClient();
  const [planned, setPlanned] = useState<readonly Planned[]>([]);
  const [told, setTold] = useState<{ readonly done: number; readonly refused: readonly string[] } | null>(null);
  const runs = useRef(cause.runs);
  const stopped = useRef(false);
  useEffect(() => {
    const abort = new AbortController();
    const plan = async () => {
      const made: Planned[] = [];
      for (const { runId } of runs.current) {
        made.push(await planOf(cause, runId, abort.signal));
        setPlanned([...made]);
      }
    };
    plan().catch(() => undefined);
    return () => {
      abort.abort();
      stopped.current = true;
    };
    // Of what was shown when it was asked: a poll in between changes nothing here.
  }, [cause]);
  const total = runs.current.length;
  const isPlanned = planned.length === total;
  const sum = sumPlans(planned);
  const apply = async () => {
    const refused: string[] = [];
    let done = 0;
    setTold({ done, refused });
    for (const one of planned) {
      if (!("plan" in one) || stopped.current) continue;
      try {
        const body = { action: "resume", ...one.body, planId: one.plan.planId };
        await ask<Run>(runPath(one.runId), { method: "PUT", body });
      } catch (error) {
        refused.push(`${one.runId}: ${(error as Error).message}`);
      }
      setTold({ done: ++done, refused: [...refused] });
    }
    await client.invalidateQueries();
  };
  const isOver = told !== null && told.done === sum.runs;
  return (
    <Dialog title={`Retry ${counted(cause.count, "failure")} of one cause?`} onClose={onClose}>
      <dl className="ledger">
        <div>
          <dt>
            <i className="live" />
            Tried again
          </dt>
          <dd>
            {cause.stage === null ? "what these runs are missing" : `the failed items of this cause at ${cause.stage}`}
          </dd>
          <dd>
            {sum.items === null ? counted(sum.runs, "run") : counted(sum.items, "item")}
            <small>{counted(sum.runs, "run")}</small>
          </dd>
        </div>
        <div>
          <dt>
            <i className="maybe" />
            Would cost
          </dt>
          <dd>{sum.calls === null ? "the number of calls is not known" : counted(sum.calls, "call")}</dd>
          <dd>{sum.costUsd === null ? "not known" : usdRange(sum.costUsd)}</dd>
        </div>
        {sum.refused.length === 0 ? null : (
          <div>
            <dt>
              <i className="todo" />
              Left alone
            </dt>
            <dd>{sum.refused[0]}</dd>
            <dd>{counted(sum.refused.length, "run")}</dd>
          </div>
        )}
      </dl>
      <p className="pad dim small" role="status">
        {told !== null
          ? `${count(told.done)} of ${counted(sum.runs, "run")} asked to resume${told.refused.length === 0 ? "" : `, ${told.refused.length} refused. ${told.refused[0]}`}`
          : isPlanned
            ? "Each run is resumed by the plan that was made just now; one that has moved is refused."
            : `Making plans: ${count(planned.length)} of ${counted(total, "run")}`}
      </p>
      <footer>
        <Button kind="bare" onClick={onClose}>
          {isOver ? "Close" : told === null ? "Leave them" : "Stop after this one"}
        </Button>
        <span className="btns">
          <Button
            kind="pri"
            refusal={
              told !== null
                ? "They are being asked"
                : !isPlanned
                  ? "The plans are being made"
                  : sum.runs === 0
                    ? "None of these runs can be resumed now"
                    : null
            }
            onClick={() => void apply()}
          >
            Resume {counted(sum.runs, "run")}
          </Button>
        </span>
      </footer>
    </Dialog>
  );
}
