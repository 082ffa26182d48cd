/** What one act on many runs would do, asked of the server, and the last question: what goes, what stays, what is left alone and why. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../api/client.js";
import type { BulkPlan } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Key } from "../parts/key.js";
import { Problem } from "../parts/problem.js";
import { count, counted, usdRange } from "../words/numbers.js";
import { BULK_WORDS, type BulkAct } from "./bulk-acts.js";

/** By the filters of the list, or by id. */
export type BulkTarget = ({ readonly query: string } | { readonly runIds: readonly string[] }) & {
  /** For a resume: which items of finished maps are tried again. */
  readonly only?: string;
};

interface BulkDialogProps {
  readonly act: BulkAct;
  readonly target: BulkTarget;
  /** Default: the act and the number of runs. */
  readonly title?: string;
  readonly onClose: () => void;
  readonly onSure: (plan: BulkPlan) => void;
}

export function BulkDialog({ act, target, title: given, onClose, onSure }: BulkDialogProps) {
  const [asked] = useState(() => ({ at: Date.now(), target }));
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["bulk", act, asked],
    queryFn: ({ signal }) =>
      ask<BulkPlan>("api/bulk", { method: "POST", body: { action: act, ...asked.target }, signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { verb } = BULK_WORDS[act];
  const title = given ?? (data === undefined ? `${verb} many runs?` : `${verb} ${counted(data.count, "run")}?`);
  return (
    <Dialog title={title} onClose={onClose}>
      {error === null ? null : (
        <Problem error={error} what="The preview could not be made" onAgain={() => void refetch()} />
      )}
      {data === undefined ? (
        <p className="pad dim" role="status">
          {isFetching ? "Looking at the runs…" : ""}
        </p>
      ) : (
        <Preview act={act} plan={data} onClose={onClose} onSure={() => onSure(data)} />
      )}
    </Dialog>
  );
}

interface PreviewProps {
  readonly act: BulkAct;
  readonly plan: BulkPlan;
  readonly onClose: () => void;
  readonly onSure: () => void;
}

function Preview({ act, plan, onClose, onSure }: PreviewProps) {
  const words = BULK_WORDS[act];
  const [typed, setTyped] = useState("");
  const mustType = act === "delete" && plan.count > 0;
  const isTyped = !mustType || typed.trim() === String(plan.count);
  const states = Object.entries(plan.byStatus).map(([status, n]) => `${count(n)} ${status}`);
  const refusal = plan.count === 0 ? `None of these can be ${words.past}` : isTyped ? null : `Type ${plan.count} first`;
  return (
    <>
      <dl className="ledger">
        <div>
          <dt>
            <i className={words.mark} />
            {words.goes}
          </dt>
          <dd>{plan.only === null ? words.what : wordOnly(plan.only)}</dd>
          <dd>
            {plan.only === null || plan.estimate === null || plan.estimate.items === null ? (
              counted(plan.count, "run")
            ) : (
              <>
                {counted(plan.estimate.items, "item")} of {counted(plan.count, "run")}
              </>
            )}
            <small>{states.join(", ")}</small>
          </dd>
        </div>
        {plan.estimate === null || plan.count === 0 ? null : <Estimate plan={plan} />}
        {words.stays === null ? null : (
          <div>
            <dt>
              <i className="kept" />
              Stays
            </dt>
            <dd>{words.stays}</dd>
            <dd />
          </div>
        )}
        {plan.skipped.map(({ reason, count: n, examples }) => (
          <div key={reason}>
            <dt>
              <i className="todo" />
              Left alone
            </dt>
            <dd>
              {reason}
              <small className="mono cut">{examples.join(", ")}</small>
            </dd>
            <dd>{counted(n, "run")}</dd>
          </div>
        ))}
      </dl>
      <p className="pad dim small">
        {plan.isWhole ? "" : `More match: these are the newest ${count(plan.matched)}. `}A run that moves before its
        turn is left alone, and told.
      </p>
      {mustType ? (
        <div className="fl pad confirm-type">
          <label htmlFor="how-many">Type {plan.count} to remove them</label>
          <input
            id="how-many"
            className="inp mono"
            inputMode="numeric"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
      ) : null}
      <footer>
        <Button kind="bare" onClick={onClose}>
          Leave them<Key>Esc</Key>
        </Button>
        <span className="btns">
          <Button kind={words.mark === "bad" ? "danger" : "pri"} refusal={refusal} onClick={onSure}>
            {words.verb} {counted(plan.count, "run")}
          </Button>
        </span>
      </footer>
    </>
  );
}

function Estimate({ plan }: { readonly plan: BulkPlan }) {
  const { estimate } = plan;
  if (estimate === null) return null;
  const { runs, calls, costUsd, maybeCharged } = estimate;
  const [low = 0, high = 0] = costUsd ?? [];
  return (
    <>
      {maybeCharged === 0 ? null : (
        <div>
          <dt>
            <i className="maybe" />
            Perhaps charged
          </dt>
          <dd>calls under way when they stopped: the provider may bill twice, the record is one</dd>
          <dd>
            {counted(maybeCharged, "call")}
            <small>at most</small>
          </dd>
        </div>
      )}
      <div>
        <dt>
          <i className="maybe" />
          Would cost
        </dt>
        <dd>
          {calls === null ? "the number of calls is not known" : counted(calls, "call")}
          {runs < plan.count ? `, of the ${count(runs)} that were planned` : ""}
        </dd>
        <dd>{costUsd === null ? "not known" : usdRange([low, high])}</dd>
      </div>
    </>
  );
}

/** Which items a resume tries again. */
function wordOnly(only: string): string {
  const [kind, of = ""] = only.split(":");
  if (kind === "cause") return "the failed items of this cause; they wait for a slot";
  if (kind === "errors")
    return `the items that failed${of === "" ? "" : ` with ${of.replaceAll("_", " ")}`}; they wait for a slot`;
  if (kind === "both") return "what failed, and what has no result yet; they wait for a slot";
  return kind === "stale" ? "what was made under another config" : "what has no result yet";
}
