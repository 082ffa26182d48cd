/**
 * What a resume would do, before it does it: what is kept, what stays failed, what is done again, what may be charged twice, and
 * what all of it costs. What is shown is what is applied: if the run has moved meanwhile, the plan is refused and shown anew.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CirclePlay, X } from "lucide-react";
import { useEffect, useState } from "react";
import { ApiProblem, ask, runPath } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { Plan, Run } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { count, counted, usdRange } from "../words/numbers.js";
import { duration } from "../words/times.js";
import { BudgetField } from "./budget-field.js";
import { ledgerOf } from "./plan-ledger.js";
import { closePlan, openPlan, usePlanOpen } from "./plan-open.js";
import type { RunMap } from "./use-run-maps.js";

interface PlanPanelProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  /** Where it is not the first thing to know of a run that stopped. */
  readonly isAskedOnly?: boolean;
}

export function PlanPanel({ run, maps, isAskedOnly = false }: PlanPanelProps) {
  const { isOpen, only, label } = usePlanOpen();
  const isResumable =
    run.status === "paused" || run.status === "failed" || (run.status === "completed" && only !== undefined);
  useEffect(() => closePlan, []);
  // A failed run shows its plan by itself: it is the next thing that a person wants to know.
  if (!isResumable || (!isOpen && (isAskedOnly || (run.status !== "failed" && run.status !== "paused")))) return null;
  return <Shown run={run} maps={maps} only={only} label={label} />;
}

type Only = ReturnType<typeof usePlanOpen>["only"];

function Shown({
  run,
  maps,
  only,
  label,
}: PlanPanelProps & { readonly only: Only; readonly label: string | undefined }) {
  const client = useQueryClient();
  const refusal = useActRefusal();
  const [budgets, setBudgets] = useState<Readonly<Record<string, number>>>({});
  const body = {
    ...(only === undefined ? {} : { only }),
    ...(Object.keys(budgets).length === 0 ? {} : { budget: budgets }),
  };
  const plan = useQuery({
    queryKey: ["plan", run.id, run.revision, run.head, body],
    queryFn: ({ signal }) => ask<Plan>(runPath(run.id, "/plan"), { method: "POST", body, signal }),
    placeholderData: (before) => before,
    retry: false,
  });
  const resume = useMutation({
    mutationFn: () =>
      ask<Run>(runPath(run.id), {
        method: "PUT",
        body: { action: "resume", ...body, planId: plan.data?.planId },
      }),
    onSuccess: (after) => {
      client.setQueryData(["run", run.id], after);
      closePlan();
    },
    onError: () => plan.refetch(),
  });
  const failed = maps.reduce((sum, map) => sum + map.failed, 0);
  const isStale = resume.error instanceof ApiProblem && resume.error.code === "PLAN_STALE";
  if (plan.data === undefined) {
    return plan.error === null ? null : (
      <section className="plan" id="plan">
        <header>
          <h2>What a resume would do could not be told</h2>
          <span className="dim">{plan.error.message}</span>
        </header>
      </section>
    );
  }
  const { rows, bar } = ledgerOf(plan.data, maps, run);
  const command = [
    `holdfast resume ${run.id}`,
    ...(typeof only === "string" ? [`--only ${only}`] : []),
    ...Object.entries(budgets).map(([stage, dollars]) => `--budget ${stage}=${dollars}`),
  ].join(" ");
  // What has no result: known where every map says how many items it has.
  const missing = maps.some(({ total }) => total === null)
    ? null
    : maps.reduce((sum, { total, done }) => sum + Math.max(0, (total ?? 0) - done), 0);
  const choices = [
    { only: undefined, text: "Missing", n: missing },
    { only: "errors", text: "Errors", n: failed },
    { only: "both", text: "Both", n: missing === null ? null : missing + failed },
  ] as const;
  const whyNot = refusal ?? plan.data.refusal?.message ?? null;
  return (
    <section className="plan" id="plan" aria-labelledby="h-plan">
      <header>
        <h2 id="h-plan">If you resume now</h2>
        <span className="dim">{label ?? "nothing has changed yet"}</span>
        <span className="end btns">
          {failed === 0 ? null : (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
            <div className="seg" role="group" aria-label="What is tried again">
              {choices.map(({ only: choice, text, n }) => (
                <button key={text} type="button" aria-pressed={only === choice} onClick={() => openPlan(choice)}>
                  {text}
                  {n === null ? "" : ` ${count(n)}`}
                </button>
              ))}
            </div>
          )}
          {run.status === "completed" ? (
            <Button kind="bare" size="sm" isIcon aria-label="Close the plan" onClick={closePlan}>
              <X className="i s" aria-hidden="true" />
            </Button>
          ) : null}
        </span>
      </header>
      <div className="bar" aria-hidden="true">
        {bar.map(({ className, share }) => (
          <i key={className} className={className} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
      <dl className="ledger">
        {rows.map(({ swatch, name, sentence, figure, context }) => (
          <div key={name}>
            <dt>
              <i className={swatch} />
              {name}
            </dt>
            <dd>{sentence}</dd>
            <dd>
              {figure}
              {context === "" ? null : <small>{context}</small>}
            </dd>
          </div>
        ))}
      </dl>
      {isStale ? (
        <p className="pad c-hold" role="status">
          The run has moved since this was shown. This is the plan as it is now.
        </p>
      ) : resume.error === null ? null : (
        <p className="pad c-fail" role="alert">
          {resume.error.message}
        </p>
      )}
      <div className="total">
        <Totals plan={plan.data} />
        {maps.some(({ finishedAt }) => finishedAt === null) || run.reason === "budget" ? (
          <BudgetField maps={maps} isReached={run.reason === "budget"} budgets={budgets} onBudgets={setBudgets} />
        ) : null}
        <span className="btns">
          <CopyButton text={command} label={`Copy: ${command}`} className="btn">
            <span className="wide-only">Copy command</span>
          </CopyButton>
          <Button
            kind="pri"
            hint="R"
            refusal={resume.isPending ? "It is being resumed" : whyNot}
            onClick={() => resume.mutate()}
          >
            <CirclePlay className="i s" aria-hidden="true" />
            Resume
          </Button>
        </span>
      </div>
    </section>
  );
}

function Totals({ plan }: { readonly plan: Plan }) {
  const { itemCalls, costUsd, timeMs, drift, maps } = plan;
  return (
    <dl>
      {maps.length === 0 ? null : (
        <div>
          <dt>Calls</dt>
          <dd>{itemCalls === null ? "not known yet" : count(itemCalls)}</dd>
        </div>
      )}
      {maps.length === 0 || costUsd === null ? null : (
        <div>
          <dt>Cost</dt>
          <dd>{usdRange(costUsd as [number, number])}</dd>
        </div>
      )}
      <div>
        <dt>Time</dt>
        <dd>
          {plan.items === 0 && plan.redoes.length < 2
            ? "at once"
            : timeMs === null || timeMs === 0
              ? "estimating"
              : `about ${duration(timeMs)}`}
        </dd>
      </div>
      <div>
        <dt>Drift</dt>
        <dd className={drift.length === 0 ? "c-ok" : "c-hold"}>
          {drift.length === 0 ? "none" : counted(drift.length, "change")}
        </dd>
      </div>
    </dl>
  );
}
