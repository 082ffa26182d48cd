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
import { changedInput, inputText } from "./changed-input.js";

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
  const [from, setFrom] = useState(firstToMake(run));
  const [text, setText] = useState<string | null>(null);
  const isEdited = what === "restart" || what === "fork";
  const changed = text === null ? ({ kind: "same" } as const) : changedInput(run.input, text);
  const headers = { "if-match": `"${run.revision}"` };
  const act = useMutation({
    mutationFn: async () => {
      if (what === "delete") return ask<null>(runPath(run.id), { method: "DELETE", headers });
      const set = changed.kind === "changed" ? { set: changed.set } : {};
      const body =
        what === "fork" ? { action: what, from, ...set } : { action: what, ...(what === "restart" ? set : {}) };
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
        {rowsOf(run, what, from).map(({ swatch, name, sentence, figure }) => (
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
      {isEdited ? (
        <div className="fl pad confirm-type">
          {text === null ? (
            <Button size="sm" onClick={() => setText(inputText(run.input))}>
              Change the input…
            </Button>
          ) : (
            <>
              <label htmlFor="changed-input">Input</label>
              <textarea
                id="changed-input"
                className="inp mono"
                rows={Math.max(LINES_MIN, Math.min(LINES_MAX, text.split("\n").length))}
                spellCheck={false}
                value={text}
                aria-invalid={changed.kind === "wrong"}
                aria-describedby="changed-words"
                onChange={(event) => setText(event.target.value)}
              />
              <p id="changed-words" className={changed.kind === "wrong" ? "c-fail small" : "dim small"}>
                {changed.kind === "wrong"
                  ? changed.problem
                  : changed.kind === "same"
                    ? "Nothing is changed. A field of [secret] stays as it is."
                    : `Changed: ${changed.names.join(", ")}. ${what === "fork" ? "What is kept was made with the input of before." : "Everything is made with it."}`}
              </p>
            </>
          )}
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
            refusal={act.isPending ? "It is under way" : changed.kind === "wrong" ? changed.problem : null}
            onClick={() => act.mutate()}
          >
            {VERBS[what]}
          </Button>
        </span>
      </footer>
    </Dialog>
  );
}

/** Of a text to edit, so many lines are in sight. */
const LINES_MIN = 4;
const LINES_MAX = 14;

/** Where a fork most likely begins: at what did not complete, else at the last stage. */
const firstToMake = ({ stages }: Run): string =>
  (stages.find(({ status }) => status !== "completed") ?? stages.at(-1))?.name ?? "";

/** Names, as far as a person reads them. */
function keptWords(names: readonly string[]): string {
  if (names.length === 0) return "nothing: it begins with the first stage";
  return names.length <= 4 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${count(names.length - 3)} more`;
}

function rowsOf(run: Run, what: Confirmed, from: string) {
  const recorded = run.stages.filter(({ status }) => status === "completed").length;
  const { done, total } = run.progress;
  const kept = counted(recorded, "stage");
  const at = run.stages.findIndex(({ name }) => name === from);
  const before = run.stages.slice(0, Math.max(0, at)).map(({ name }) => name);
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
        { swatch: "kept", name: "Kept", sentence: keptWords(before), figure: counted(before.length, "stage") },
        {
          swatch: "live",
          name: "Anew",
          sentence: `${from} and what follows`,
          figure: counted(run.stages.length - before.length, "stage"),
        },
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
