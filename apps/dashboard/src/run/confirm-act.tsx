/** One run: the last question before it ends, begins anew, or goes, with what stays and what does not. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ask, runPath } from "../api/client.js";
import type { Run } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Key } from "../parts/key.js";
import { letGo } from "../tab/tab-run.js";
import { count, counted } from "../words/numbers.js";

export type Confirmed = "cancel" | "restart" | "fork" | "delete";

interface ConfirmActProps {
  readonly run: Run;
  readonly what: Confirmed;
  readonly onClose: () => void;
}

const TITLES = {
  cancel: "Cancel this run?",
  restart: "Restart from the first stage?",
  fork: "Fork this run?",
  delete: "Remove this run?",
} as const;
const VERBS = { cancel: "Cancel the run", restart: "Restart", fork: "Fork", delete: "Remove the run" } as const;

export function ConfirmAct({ run, what, onClose }: ConfirmActProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const stages = run.stages.map(({ name }) => name);
  const [from, setFrom] = useState(stages[0] ?? "");
  const headers = { "if-match": `"${run.revision}"` };
  const act = useMutation({
    mutationFn: async () => {
      if (what === "delete") return ask<null>(runPath(run.id), { method: "DELETE", headers });
      const body = what === "fork" ? { action: what, from } : { action: what };
      return ask<Run>(runPath(run.id), { method: "PUT", body, headers });
    },
    onSuccess: async (after) => {
      onClose();
      if (what === "delete") {
        letGo();
        await navigate({ to: "/runs" });
        await client.resetQueries({ queryKey: ["runs"] });
      } else if (after !== null && after.id !== run.id) {
        await navigate({ to: "/runs/$runId", params: { runId: after.id } });
      } else {
        await client.invalidateQueries({ queryKey: ["run", run.id] });
      }
    },
  });
  const isGrave = what === "cancel" || what === "delete";
  return (
    <Dialog title={TITLES[what]} onClose={onClose}>
      <dl className="ledger">
        {rowsOf(run, what).map(({ swatch, name, sentence, figure }) => (
          <div key={name}>
            <dt>
              <i className={swatch} />
              {name}
            </dt>
            <dd>{sentence}</dd>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      {what === "fork" ? (
        <div className="fl pad confirm-type">
          <label htmlFor="fork-from">Goes its own way from</label>
          <select id="fork-from" className="inp" value={from} onChange={(event) => setFrom(event.target.value)}>
            {stages.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
      ) : null}
      {act.error === null ? null : (
        <p className="pad c-fail" role="alert">
          {act.error.message}
        </p>
      )}
      <footer>
        <Button kind="bare" onClick={onClose}>
          Back<Key>Esc</Key>
        </Button>
        <span className="btns">
          {what === "cancel" && run.status === "running" ? (
            <Button
              onClick={() => {
                onClose();
                void ask(runPath(run.id), { method: "PUT", body: { action: "pause" } });
              }}
            >
              Pause instead
            </Button>
          ) : null}
          <Button
            kind={isGrave ? "danger" : "pri"}
            refusal={act.isPending ? "It is under way" : null}
            onClick={() => act.mutate()}
          >
            {VERBS[what]}
          </Button>
        </span>
      </footer>
    </Dialog>
  );
}

function rowsOf(run: Run, what: Confirmed) {
  const recorded = run.stages.filter(({ status }) => status === "completed").length;
  const { done, total } = run.progress;
  const kept = counted(recorded, "stage");
  const items = total === null ? "" : `${count(done)} of ${count(total)}`;
  switch (what) {
    case "cancel":
      return [
        {
          swatch: "bad",
          name: "Ends",
          sentence: "the work; what is in flight is given up, and may have been charged",
          figure: items,
        },
        {
          swatch: "kept",
          name: "Stays",
          sentence: "what is recorded can be read; it is not resumed but restarted",
          figure: kept,
        },
      ];
    case "restart":
      return [
        {
          swatch: "live",
          name: "Anew",
          sentence: "every stage is done again, and paid for again",
          figure: counted(run.stages.length, "stage"),
        },
        {
          swatch: "todo",
          name: "Set aside",
          sentence: "what is recorded stays visible but answers no more",
          figure: kept,
        },
      ];
    case "fork":
      return [
        { swatch: "kept", name: "Kept", sentence: "stages before the one that it goes its own way from", figure: "" },
        { swatch: "live", name: "New run", sentence: "with an id of its own; this one stays as it is", figure: "" },
      ];
    case "delete":
      return [
        {
          swatch: "bad",
          name: "Goes",
          sentence: "its records, results and files; this cannot be undone",
          figure: kept,
        },
        { swatch: "kept", name: "Stays", sentence: "what the audit says about it", figure: "" },
      ];
  }
}
